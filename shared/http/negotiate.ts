/**
 * Content negotiation (RFC 9110 section 12.5.1).
 */
import { parseAccept } from 'hono/utils/accept'
import type { Slices } from '../runtime/environment.ts'
import { Problem } from './problem.ts'
import type { Body } from './slices/body.ts'

/** Media types of an answer. The first is the default. */
const OFFERED = ['application/json', 'application/yaml'] as const

/** The media type of event streams. */
export const EVENT_STREAM = 'text/event-stream'

/** Media type of an answer. */
export type Representation = (typeof OFFERED)[number]

/**
 * The media type that the client prefers.
 * @throws {Problem} `not_acceptable` if it accepts none of those offered
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { negotiate } from './negotiate.ts'
 *
 * const accepting = (Accept: string) => new Request('https://api.example', { headers: { Accept } })
 * assert.equal(negotiate(accepting('application/yaml, application/json;q=0.5')), 'application/yaml')
 * assert.equal(negotiate(accepting('application/*')), 'application/json')
 * assert.throws(() => negotiate(accepting('text/html')), { code: 'not_acceptable' })
 * ```
 */
export function negotiate(request: Request): Representation {
  return choose(request, OFFERED)
}

/**
 * Makes sure that the client accepts events.
 * @throws {Problem} `not_acceptable` if it does not
 */
export function requireEvents(request: Request): void {
  choose(request, [EVENT_STREAM])
}

function choose<Offered extends string>(request: Request, offered: readonly [Offered, ...Offered[]]): Offered {
  const header = request.headers.get('Accept')
  if (header === null) return offered[0]
  const ranges = parseAccept(header).sort((a, b) => b.q - a.q)
  // A type that is refused by its name is not meant by a range such as */*.
  const refused = new Set(ranges.flatMap(({ type, q }) => (q === 0 ? [type] : [])))
  const accepted = offered.filter((one) => !refused.has(one))
  for (const { type, q } of ranges) {
    if (q === 0) continue
    const match = accepted.find((one) => type === one || type === '*/*' || type === `${one.split('/')[0]}/*`)
    if (match !== undefined) return match
  }
  throw new Problem('not_acceptable', `The Accept header must allow ${offered.join(' or ')}.`)
}

/** Whether the client asks for events: `text/event-stream` is named, and nothing has a higher quality. */
export function prefersEvents(request: Request): boolean {
  const ranges = parseAccept(request.headers.get('Accept') ?? '').filter(({ q }) => q > 0)
  const best = ranges.reduce((most, { q }) => Math.max(most, q), 0)
  return ranges.some(({ type, q }) => type === EVENT_STREAM && q === best)
}

/** An answer, and how it is made. */
interface RepresentOptions {
  /** Default: 200. */
  readonly status?: number
  readonly headers?: HeadersInit
  /** Slices in which a long answer is written (default: all at once). */
  readonly slices?: Slices | undefined
  /** Key of the list (default: `items`). */
  readonly list?: string
}

/**
 * An answer with a JSON value.
 * @param value - The JSON value
 * @param as - Result of {@link negotiate}, which is called before anything is written
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { represent } from './negotiate.ts'
 *
 * const response = await represent({ ready: true }, 'application/yaml', { status: 201 })
 * assert.equal(response.status, 201)
 * assert.equal(await response.text(), 'ready: true\n')
 * ```
 */
export async function represent(
  value: unknown,
  as: Representation,
  { status = 200, headers, slices, list }: RepresentOptions = {},
): Promise<Response> {
  const all = new Headers(headers)
  all.set('Content-Type', as)
  all.append('Vary', 'Accept')
  const isYaml = as === 'application/yaml'
  const { body, length } =
    (await slicedBody(value, isYaml, slices, list)) ?? whole(isYaml ? await yamlOf(value) : JSON.stringify(value))
  all.set('Content-Length', String(length))
  return new Response(body, { status, headers: all })
}

async function slicedBody(value: unknown, isYaml: boolean, slices?: Slices, list?: string): Promise<Body | undefined> {
  if (slices === undefined) return undefined
  const { bodyInSlices } = await import('./slices/body.ts')
  return bodyInSlices(value, isYaml, slices, list)
}

async function yamlOf(value: unknown): Promise<string> {
  const { toYaml } = await import('./yaml.ts')
  return toYaml(value)
}

function whole(text: string): Body {
  const body = new TextEncoder().encode(text)
  return { body, length: body.byteLength }
}
