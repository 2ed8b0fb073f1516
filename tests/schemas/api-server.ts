/** The API server that judges objects: PARITY_KUBE_URL, PARITY_KUBE_TOKEN, PARITY_KUBE_CA (a PEM file, or PEM text). */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'

const { PARITY_KUBE_URL: URL_, PARITY_KUBE_TOKEN: TOKEN, PARITY_KUBE_CA: CA } = process.env
const agent = new Agent({
  keepAlive: true,
  maxSockets: 8,
  ...(CA !== undefined && { ca: CA.includes('-----BEGIN') ? CA : readFileSync(CA) }),
})

/** An answer of the API server, parsed. */
export interface Answer {
  readonly status: number
  readonly body: {
    readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] }
  }
}

/** Asks the API server. */
export function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  if (URL_ === undefined || TOKEN === undefined) throw new Error('PARITY_KUBE_URL and PARITY_KUBE_TOKEN are not set')
  const headers = {
    Authorization: `Bearer ${TOKEN}`,
    Accept: 'application/json',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, URL_), { method, agent, headers }, (response) => {
      text(response)
        // A path that is not served is answered in plain text.
        .then((answer) => ({
          status: response.statusCode ?? 0,
          body: answer.startsWith('{') ? JSON.parse(answer) : {},
        }))
        .then(resolve, reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
