/** The API server that judges objects. */
import { afterAll } from 'vitest'
import { startApiServer } from '../cluster/harness/api-server.ts'

const server = await startApiServer()
afterAll(() => server.stop())

/** An answer of the API server, parsed. */
export interface Answer {
  readonly status: number
  readonly body: {
    readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] }
  }
}

/** Asks the API server, with all rights. */
export async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await server.admin.request(method, path, body)
  const text = await response.text()
  // A path that is not served is answered in plain text.
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} }
}
