/**
 * Requests from browsers: only from the origins in CORS_ORIGINS.
 * @see {@link https://fetch.spec.whatwg.org/#http-cors-protocol}
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Environment } from '../runtime/environment.ts'
import { log } from '../runtime/log.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** Headers that scripts may send. */
const SENT = [
  'Authorization',
  'Content-Type',
  'DPoP',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'traceparent',
  'X-Field-Manager',
  'X-Request-Id',
]
/** Headers that scripts may read. */
const READ = [
  'Accept-Patch',
  'Accept-Post',
  'Allow',
  'ETag',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'Warning',
  'WWW-Authenticate',
  'X-Apply-Result',
  'X-Request-Id',
]

/** Answers preflight requests and marks answers; credentials other than a token in a header are never asked for. */
export function crossOrigin<App extends { Bindings: Environment }>(): MiddlewareHandler<App> {
  const handle = cors({
    origin: (origin, c: Context<App>) => (allowedOrigins(c.env).includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: SENT,
    exposeHeaders: READ,
    // As long as browsers keep it at most: every path of an object is asked for anew.
    maxAge: 7200,
  })
  return function crossOrigin(c, next) {
    // OPTIONS without this header is no preflight: it asks for what can be done.
    if (c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') === undefined) return next()
    return handle(c, next)
  }
}

/**
 * The origins of CORS_ORIGINS, separated by blanks or commas. What is none is ignored, and the log says so. A wildcard is no
 * origin: it would let every web site that a user visits call the API from the browser.
 */
export const allowedOrigins = perEnvironment((env): readonly string[] => {
  const given = originsIn(env.CORS_ORIGINS ?? '')
  const valid = given.filter(isOrigin)
  for (const origin of given.filter((candidate) => !isOrigin(candidate))) {
    log('error', 'CORS_ORIGINS names something that is no origin, such as https://console.example; it is ignored.', {
      origin: origin.slice(0, 200),
    })
  }
  return valid
})

/** The parts of a text that names origins, separated by blanks or commas. */
export function originsIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((origin) => origin !== '')
}

/** Whether a text is the origin of web pages: scheme, host and port, as browsers spell it. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && !text.includes('*') && url.origin === text
}
