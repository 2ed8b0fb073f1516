/** The parts of the document, for which anybody may ask. */
import { expect, it, onTestFinished, vi } from 'vitest'
import openapi from '../../../functions/openapi.ts'
import { environment, FakeContext, FakeIssuer } from '../fixtures/auth.ts'

it('are made once, and nothing is done for names that no function has', async () => {
  const operation = { tags: ['vaults'], responses: {} }
  const document = {
    openapi: '3.1.0',
    info: {},
    servers: [],
    security: [],
    tags: [{ name: 'vaults' }, { name: 'empty' }],
    paths: { '/v1/vaults': { get: operation }, '/v1/others': { get: { tags: ['others'] } } },
    components: {},
  }
  const env = environment(new FakeIssuer([]), undefined, { OPENAPI: JSON.stringify(document) })
  const ask = async (name: string): Promise<{ status: number; text: string }> => {
    const request = new Request(`https://api.example/openapi/${name}.json`)
    const response = await openapi.fetch(request, env, new FakeContext())
    return { status: response.status, text: await response.text() }
  }
  const first = await ask('vaults')
  expect(JSON.parse(first.text).paths).toEqual({ '/v1/vaults': { get: operation } })
  expect((await ask('empty')).status).toBe(404)
  const parse = vi.spyOn(JSON, 'parse')
  onTestFinished(() => parse.mockRestore())
  expect(await ask('vaults')).toEqual(first)
  for (const name of ['none', 'empty', 'constructor']) expect((await ask(name)).status).toBe(404)
  expect(parse).not.toHaveBeenCalled()
})
