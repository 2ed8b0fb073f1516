/**
 * CORS: browsers may call the API from the origins in CORS_ORIGINS.
 * @see {@link https://fetch.spec.whatwg.org/#http-cors-protocol}
 */
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Environment } from '../runtime/environment.ts'
import { log } from '../runtime/log.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** Request headers that scripts may send. */
const ALLOWED = [
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
/** Response headers that scripts may read. */
const EXPOSED = [
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

/** Answers preflight requests and adds CORS headers. Cookies are not allowed: tokens are sent in a header. */
export function crossOrigin<App extends { Bindings: Environment }>(): MiddlewareHandler<App> {
  const handle = cors({
    origin: (origin, c: Context<App>) => (allowedOrigins(c.env).includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED,
    // Browsers cache a preflight per path. This is the longest time that Chromium allows.
    maxAge: 7200,
  })
  return function crossOrigin(c, next) {
    // OPTIONS without this header is not a preflight request; it asks for the allowed methods.
    if (c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') === undefined) return next()
    return handle(c, next)
  }
}

/** Adds CORS headers to an answer that no function gives, so that scripts can read it. */
export async function withCrossOrigin(request: Request, response: Response, env: Environment): Promise<Response> {
  const { Hono } = await import('hono/tiny')
  const app = new Hono<{ Bindings: Environment }>()
  app.use(crossOrigin())
  app.all('*', () => response)
  return app.fetch(request, env)
}

/**
 * The origins in CORS_ORIGINS, separated by spaces or commas. Invalid ones are logged and ignored. A wildcard is invalid: it
 * would let every web site that a user visits call the API.
 */
export const allowedOrigins = perEnvironment((env): readonly string[] => {
  for (const origin of invalidOrigins(env.CORS_ORIGINS)) {
    log('error', 'CORS_ORIGINS has an invalid entry, which is ignored. An origin is like https://console.example.', {
      origin: origin.slice(0, 200),
    })
  }
  return originsIn(env.CORS_ORIGINS).filter(isOrigin)
})

/** The entries of CORS_ORIGINS that are not origins. */
export function invalidOrigins(setting: Environment['CORS_ORIGINS']): string[] {
  return originsIn(setting).filter((origin) => !isOrigin(origin))
}

function originsIn(setting: Environment['CORS_ORIGINS']): string[] {
  return (setting ?? '').split(/[\s,]+/).filter((origin) => origin !== '')
}

/** Whether a text is a web origin as browsers send it: scheme, host and port. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && !text.includes('*') && url.origin === text
}
