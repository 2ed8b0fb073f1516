/**
 * The example console for `npm start`: a worker in front of the functions, which serves it at `/console` on the server's own
 * origin. It is part of no bundle.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from '../bundle/project.ts'
import { minified } from '../bundle/texts.ts'

/** The path of the page. */
export const CONSOLE_PATH = '/console'

const SOURCES = join(PROJECT, 'infra', 'examples', 'console')

/**
 * The module of a worker that serves the console, leads browsers from `/` to the reference, and passes all other requests to its
 * binding `SERVER`.
 * @param issuer - The issuer, which the page must be able to reach
 * @throws {Error} if the console does not bundle
 */
export async function consoleFront(issuer: string): Promise<string> {
  const [page, script, style] = await Promise.all([
    readFile(join(SOURCES, 'index.html'), 'utf8'),
    minified(join(SOURCES, 'main.ts')),
    minified(join(SOURCES, 'console.css')),
  ])
  const headers = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': contentSecurityPolicy(new URL(issuer).origin),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  }
  const files = {
    [CONSOLE_PATH]: { type: 'text/html; charset=utf-8', text: page },
    [`${CONSOLE_PATH}/console.js`]: { type: 'text/javascript; charset=utf-8', text: script },
    [`${CONSOLE_PATH}/console.css`]: { type: 'text/css; charset=utf-8', text: style },
  }
  return `
const FILES = new Map(Object.entries(${JSON.stringify(files)}))
const HEADERS = ${JSON.stringify(headers)}
export default {
  fetch(request, { SERVER }) {
    const { pathname } = new URL(request.url)
    const isPage = request.method === 'GET' && request.headers.get('Accept')?.includes('text/html')
    if (pathname === '/' && isPage) return new Response(null, { status: 302, headers: { Location: '/docs' } })
    const file = FILES.get(pathname)
    if (file === undefined || request.method !== 'GET') return SERVER.fetch(request)
    return new Response(file.text, { headers: { ...HEADERS, 'Content-Type': file.type } })
  },
}
`
}

/** @param issuer - Origin from which the page gets tokens */
function contentSecurityPolicy(issuer: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ${issuer}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}
