/** What DELETE answers. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { sample, type World, world } from '../../fixtures/world.ts'

const EDC = '/v1/organizations/acme/connectors/edc'

/** A world with a connector, which stays after its deletion if it has finalizers. */
async function withConnector(finalizers: readonly string[]): Promise<World> {
  const at = await world()
  await at.put('connectors', 'acme', sample('connectors', 'edc', {}, { finalizers }))
  return at
}

async function remove(at: World, headers: Record<string, string> = {}) {
  const operator = await at.as('operator', 'acme')
  const { status, text, body, headers: answered } = await operator('DELETE', EDC, { headers })
  return { status, text, body, applied: answered.get('Preference-Applied'), link: answered.get('Link') }
}

const LEAVING = ['kaphera.com/test']
const DIAGNOSIS = `<${EDC}/diagnosis>; rel="status"`

it('shows at once what finalizers leave, unless the client waits', async () => {
  const logged = vi.spyOn(console, 'log').mockReturnValue()
  onTestFinished(() => logged.mockRestore())
  const answer = await remove(await withConnector(LEAVING))
  expect(answer).toMatchObject({ status: 202, applied: null, link: null })
  expect(answer.body).toMatchObject({ kind: 'Connector', metadata: { deletionTimestamp: expect.any(String) } })
  const lines = logged.mock.calls.map(([line]) => JSON.parse(line)).filter(({ verb }) => verb === 'delete')
  expect(lines).toMatchObject([{ status: 202 }])
  expect(lines[0]).not.toHaveProperty('waitedMs')
})

it.each([
  ['wait=0', { status: 202, body: { kind: 'Connector' }, applied: 'wait=0', link: DIAGNOSIS }],
  ['return=minimal', { status: 202, text: '', applied: 'return=minimal', link: null }],
  ['wait=0, return=minimal', { status: 202, text: '', applied: 'wait=0, return=minimal', link: DIAGNOSIS }],
])('tells what is left after %s', async (Prefer, expected) => {
  expect(await remove(await withConnector(LEAVING), { Prefer })).toMatchObject(expected)
})

it.each([
  ['wait=20', 'wait=20'],
  ['return=minimal', 'return=minimal'],
  ['wait=20, return=minimal', 'wait=20, return=minimal'],
])('has no body when nothing is left, with %s', async (Prefer, applied) => {
  const answer = await remove(await withConnector([]), { Prefer })
  expect(answer).toMatchObject({ status: 204, text: '', applied, link: null })
})
