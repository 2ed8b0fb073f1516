import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { serverUrl } from './client.ts'

/** Sends only the given headers, unlike fetch(). */
async function headersFor(accepted: string | undefined): Promise<IncomingMessage['headers']> {
  const headers = accepted === undefined ? {} : { 'Accept-Encoding': accepted }
  const [answer] = (await once(get(`${serverUrl()}/openapi.json`, { headers }), 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  return answer.headers
}

test.each([
  ['that takes gzip', 'gzip, br', 'gzip'],
  ['that takes anything', '*', 'gzip'],
  ['that takes other codings only', 'br', undefined],
  ['that refuses gzip', 'gzip;q=0', undefined],
  ['that says nothing, as curl does', undefined, undefined],
])('compresses the answer to a client %s accordingly', async (_, accepted, coding) => {
  const headers = await headersFor(accepted)
  expect(headers['content-encoding']).toBe(coding)
  expect(headers.vary).toContain('Accept-Encoding')
})
