/**
 * Routes of the OpenAPI document and of the page that shows it.
 */
import { configurationErrors, signIn } from '../auth/index.ts'
import { namesTag, parseCondition } from '../http/condition.ts'
import { Problem } from '../http/problem.ts'
import { readQuery } from '../http/query.ts'
import { sha256 } from '../runtime/digest.ts'
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import type { PublicCall, Route } from '../server/call.ts'
import { compressOnce } from '../server/compress.ts'
import type { RouteOpenApi } from '../server/route-openapi.ts'
import { ISSUER_PLACEHOLDER, type OpenApiDocument, partOf } from './document.ts'

/** The OpenAPI document and its page. */
export const openApiRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/openapi.json',
    public: true,
    openapi: text('getOpenApi', 'This document', 'application/json'),
    handle: (call) => answer(call, 'application/json', whole(call.env)),
  },
  {
    method: 'GET',
    path: '/openapi/:file',
    public: true,
    openapi: text('getOpenApiOf', 'The part of this document for one function, `<function>.json`', 'application/json'),
    handle: (call) => answer(call, 'application/json', part(call.env, call.params.file ?? '')),
  },
  {
    method: 'GET',
    path: '/docs',
    public: true,
    openapi: text('getDocs', 'This document as a page', 'text/html'),
    handle: (call) => answer(call, 'text/html; charset=utf-8', call.env.DOCS_PAGE ?? ''),
  },
  {
    method: 'GET',
    path: '/docs/reference.js',
    public: true,
    openapi: text('getDocsScript', "The page's script", 'text/javascript'),
    handle: (call) => answer(call, 'text/javascript; charset=utf-8', call.env.DOCS_SCRIPT ?? ''),
  },
  {
    method: 'GET',
    path: '/docs/reference.css',
    public: true,
    openapi: text('getDocsStyle', "The page's style", 'text/css'),
    handle: (call) => answer(call, 'text/css; charset=utf-8', call.env.DOCS_STYLE ?? ''),
  },
]

function text(name: string, summary: string, mediaType: string): RouteOpenApi {
  const output = mediaType === 'application/json' ? { type: 'object', additionalProperties: true } : { type: 'string' }
  return { operation: 'custom', name, summary, mediaType, output, statuses: [200, 304] }
}

/** The page may only load its own files and send requests to its own origin. */
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
  const { etag, bytes } = await keptOf(body)
  compressOnce(etag)
  const caching = { 'Cache-Control': 'public, max-age=60', ETag: etag }
  const known = parseCondition(call.request, 'If-None-Match')
  if (known !== undefined && namesTag(known, etag)) {
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
  return new Response(bytes, { headers })
}

/** A text as it is answered. Nobody needs a token, so no request has a copy of the bytes. */
interface Kept {
  readonly etag: string
  readonly bytes: Blob
}

/** By text. The texts are part of the deployment, so they are few and never change. */
const kept = new Map<string, Kept>()

async function keptOf(body: string): Promise<Kept> {
  const known = kept.get(body)
  if (known !== undefined) return known
  // A digest can end in "-", which would be taken for a part of the mark of compression.
  const made = { etag: `"${(await sha256(body)).slice(0, 16)}.0"`, bytes: new Blob([body]) }
  kept.set(body, made)
  return made
}

/** The document with the URL of this server's issuer. */
const whole = perEnvironment((env): string => {
  const discovery =
    configurationErrors(env).length === 0
      ? `${signIn(env).issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
      : ISSUER_PLACEHOLDER
  return (env.OPENAPI ?? '').replaceAll(JSON.stringify(ISSUER_PLACEHOLDER), () => JSON.stringify(discovery))
})

/**
 * The parts of the document by function, each made when it is first asked for: that takes milliseconds, and needs no token. The names are
 * known up front, so an unknown name costs nothing.
 */
const partsOf = perEnvironment((env) => {
  const { tags } = JSON.parse(whole(env)) as OpenApiDocument
  return new Map<unknown, string | undefined>(tags.map(({ name }) => [name, undefined]))
})

function part(env: Environment, file: string): string {
  const name = /^([a-z][a-z0-9-]*)\.json$/.exec(file)?.[1] ?? ''
  const parts = partsOf(env)
  const known = parts.get(name)
  if (known !== undefined) return known
  const found = parts.has(name) ? partOf(JSON.parse(whole(env)) as OpenApiDocument, name) : undefined
  if (found === undefined) {
    parts.delete(name)
    throw new Problem('not_found', 'The OpenAPI document has no part for a function of this name.')
  }
  const text = JSON.stringify(found)
  parts.set(name, text)
  return text
}
