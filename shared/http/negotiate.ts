/**
 * The representation that the client prefers (RFC 9110 section 12.5.1).
 * @module
 */
import { parseAccept } from 'hono/utils/accept'
import { Problem } from './problem.ts'
import { EVENT_STREAM } from './sse.ts'
import { toYaml } from './yaml.ts'

/** Media types that an object can be had in; the first is the default. */
const OFFERED = ['application/json', 'application/yaml'] as const

/** How an answer will be written. */
export type Representation = (typeof OFFERED)[number]

/**
 * The media type to answer in.
 * @throws {Problem} `not_acceptable` if the client accepts none of those offered
 */
export function negotiate(request: Request): Representation {
  const header = request.headers.get('Accept')
  if (header === null) return OFFERED[0]
  const ranges = parseAccept(header).sort((a, b) => b.q - a.q)
  for (const { type, q } of ranges) {
    if (q === 0) continue
    const match = OFFERED.find((offered) => type === offered || type === '*/*' || type === `${offered.split('/')[0]}/*`)
    if (match !== undefined) return match
  }
  throw new Problem('not_acceptable', `This can be had as ${OFFERED.join(' or ')}.`)
}

/** Whether the client prefers events to what else can be had: `text/event-stream` is named, and nothing before it. */
export function prefersEvents(request: Request): boolean {
  const ranges = parseAccept(request.headers.get('Accept') ?? '').filter(({ q }) => q > 0)
  const best = Math.max(0, ...ranges.map(({ q }) => q))
  return ranges.some(({ type, q }) => type === EVENT_STREAM && q === best)
}

/**
 * An answer with a JSON value in the negotiated representation.
 * @param value - What to write
 * @param as - By {@link negotiate}, called before anything is changed
 */
export async function represent(
  value: unknown,
  as: Representation,
  init: { status?: number; headers?: HeadersInit } = {},
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('Content-Type', as)
  headers.append('Vary', 'Accept')
  const text = as === 'application/yaml' ? await toYaml(value) : JSON.stringify(value)
  const bytes = new TextEncoder().encode(text)
  headers.set('Content-Length', String(bytes.byteLength))
  return new Response(bytes, { status: init.status ?? 200, headers })
}
