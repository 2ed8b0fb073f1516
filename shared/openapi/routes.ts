/**
 * The routes that hand out the API's document and the pages that show it.
 * @module
 */
import { configurationProblem, signIn } from '../auth/index.ts'
import { parseEntityTags } from '../http/entity-tag.ts'
import { Problem } from '../http/problem.ts'
import { readQuery } from '../http/query.ts'
import { sha256 } from '../runtime/digest.ts'
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import type { PublicCall, Route } from '../server/call.ts'
import type { RouteDocument } from '../server/route-document.ts'
import { ISSUER_PLACEHOLDER, type OpenApiDocument, partOf } from './document.ts'

/** The API's document and its pages. */
export const openApiRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/openapi.json',
    public: true,
    document: text('getOpenApi', 'This document', 'application/json'),
    handle: (call) => answer(call, 'application/json', whole(call.env)),
  },
  {
    method: 'GET',
    path: '/openapi/:file',
    public: true,
    document: text(
      'getOpenApiOf',
      'The part of this document that one function serves: `<function>.json`',
      'application/json',
    ),
    handle: (call) => answer(call, 'application/json', part(call.env, call.params.file ?? '')),
  },
  {
    method: 'GET',
    path: '/docs',
    public: true,
    document: text('getDocs', 'This document as a page', 'text/html'),
    handle: (call) => answer(call, 'text/html; charset=utf-8', call.env.DOCS_PAGE ?? ''),
  },
  {
    method: 'GET',
    path: '/docs/reference.js',
    public: true,
    document: text('getDocsScript', "The page's script", 'text/javascript'),
    handle: (call) => answer(call, 'text/javascript; charset=utf-8', call.env.DOCS_SCRIPT ?? ''),
  },
  {
    method: 'GET',
    path: '/docs/reference.css',
    public: true,
    document: text('getDocsStyle', "The page's style", 'text/css'),
    handle: (call) => answer(call, 'text/css; charset=utf-8', call.env.DOCS_STYLE ?? ''),
  },
]

function text(name: string, summary: string, mediaType: string): RouteDocument {
  const output = mediaType === 'application/json' ? { type: 'object', additionalProperties: true } : { type: 'string' }
  return { operation: 'own', name, summary, mediaType, output, statuses: [200, 304] }
}

/** Nothing but the page's own files may run, be shown, or be asked. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

async function answer(call: PublicCall, type: string, body: string): Promise<Response> {
  readQuery(call.url, [])
  const etag = await entityTagOf(body)
  const caching = { 'Cache-Control': 'public, max-age=60', ETag: etag }
  const known = call.request.headers.get('If-None-Match')?.trim()
  if (known === '*' || (known !== undefined && parseEntityTags(known)?.includes(etag.slice(1, -1)))) {
    return new Response(null, { status: 304, headers: caching })
  }
  const headers: Record<string, string> = {
    ...caching,
    'Content-Type': type,
    ...(type !== 'application/json' && {
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
    }),
  }
  return new Response(body, { headers })
}

/** The texts are part of the deployment, so there are few and they stay. */
const tags = new Map<string, string>()

async function entityTagOf(body: string): Promise<string> {
  const known = tags.get(body)
  if (known !== undefined) return known
  const tag = `"${(await sha256(body)).slice(0, 16)}"`
  tags.set(body, tag)
  return tag
}

/** The document, with the address of this server's issuer. */
const whole = perEnvironment((env): string => {
  const discovery =
    configurationProblem(env) === undefined
      ? `${signIn(env).issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
      : ISSUER_PLACEHOLDER
  return (env.OPENAPI ?? '').replaceAll(JSON.stringify(ISSUER_PLACEHOLDER), () => JSON.stringify(discovery))
})

function part(env: Environment, file: string): string {
  const name = /^([a-z][a-z0-9-]*)\.json$/.exec(file)?.[1] ?? ''
  const found = partOf(JSON.parse(whole(env)) as OpenApiDocument, name)
  if (found === undefined) throw new Problem('not_found', 'No function of this name is documented.')
  return JSON.stringify(found)
}
