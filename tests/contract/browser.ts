/**
 * A person with a browser that can only fill in forms, which is enough for the pages of an issuer.
 */
import { setTimeout } from 'node:timers/promises'

/** Maximum number of pages of one flow. */
const PAGES = 12
/** Buttons that cancel a flow. */
const REFUSALS = ['cancel', 'abort', 'no']

/** Opens an address and agrees to everything, as a user whose password is the name. */
export async function approve(address: string, name: string): Promise<string> {
  const cookies = new Map<string, string>()
  let url = address
  let form: URLSearchParams | undefined
  for (let page = 0; page < PAGES; page += 1) {
    const response: Response = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { Cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      body: form ?? null,
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const location = response.headers.get('Location')
    const html = await response.text()
    if (response.status >= 400) throw new Error(`${url} answers ${response.status}: ${html.slice(0, 2000)}`)
    const next = location === null ? formIn(html, name) : { action: location }
    if (next === undefined) return html
    url = new URL(next.action ?? url, url).href
    form = 'fields' in next ? next.fields : undefined
    await setTimeout(0)
  }
  throw new Error(`${address} asks for more and more`)
}

interface Form {
  /** Absent for the page itself. */
  readonly action?: string | undefined
  readonly fields?: URLSearchParams
}

/** Fills in the first form of a page; `undefined` if there is none. */
function formIn(html: string, name: string): Form | undefined {
  const tag = /<form\b[^>]*>/.exec(html)?.[0]
  if (tag === undefined) return undefined
  const fields = new URLSearchParams()
  for (const [element] of html.matchAll(/<(?:input|button|select)\b[^>]*>/g)) {
    const field = attribute(element, 'name')
    const isChoice = attribute(element, 'type') === 'checkbox'
    if (field === undefined || isChoice || REFUSALS.includes(field)) continue
    fields.set(field, ['username', 'password'].includes(field) ? name : (attribute(element, 'value') ?? ''))
  }
  return { action: attribute(tag, 'action'), fields }
}

function attribute(element: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(element)?.[1]?.replaceAll('&amp;', '&')
}
