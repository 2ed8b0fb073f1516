/** The checks of tests/history besides linearizability find what they are for. */
import { describe, expect, it } from 'vitest'
import type { ReceivedEvent } from '../../../shared/http/read-events.ts'
import { Ledger } from '../../history/ledger.ts'
import { ABSENT, type Asked, DELETED, exchange, REFUSED, stateOf } from '../../history/register.ts'
import { type Change, Told } from '../../history/told.ts'

const NAME = 'history-0-0'
const change = (type: string, version: number, labels: Record<string, string>, name = NAME): Change => ({
  type,
  object: { metadata: { name, resourceVersion: String(version), labels }, spec: {} },
})
const CHANGES = [change('ADDED', 5, { c1: '1' }), change('MODIFIED', 7, { c1: '2' }), change('DELETED', 9, { c1: '2' })]

describe('the ledger', () => {
  const op = (asked: Asked, answer?: string) => exchange({ client: 'c1', process: 0, asked, answer }, 0, 1)
  const created = op({ type: 'create', entries: { c1: '1' } }, stateOf({ c1: '1' }))
  const replaced = op({ type: 'replace', expected: stateOf({ c1: '1' }), entries: { c1: '2' } }, stateOf({ c1: '2' }))
  const deleted = op({ type: 'delete', expected: stateOf({ c1: '2' }) }, DELETED)

  function differences(...exchanges: (typeof created)[]): string[] {
    const ledger = new Ledger()
    ledger.note(NAME, exchanges)
    return ledger.differences(CHANGES)
  }

  it('is right if all that was acknowledged has happened, and writes of unknown outcome perhaps', () => {
    expect(differences(created, replaced, deleted)).toEqual([])
    expect(differences(created, op(replaced.asked), op({ type: 'patch', entries: { c1: '3' } }))).toEqual([])
  })

  it('finds an acknowledged write that has not happened', () => {
    const lost = op({ type: 'patch', entries: { c1: '3' } }, stateOf({ c1: '3' }))
    expect(differences(created, lost)).toEqual([expect.stringContaining('never stored')])
    expect(differences(deleted, deleted)).toEqual([`${NAME} was deleted 1 times, 2 were acknowledged`])
  })

  it.each([REFUSED, ABSENT])('finds a write that was answered "%s" and has happened', (answer) => {
    expect(differences(created, op(replaced.asked, answer))).toEqual([expect.stringContaining('which was refused')])
  })

  it('finds a write that has happened twice', () => {
    const twice = [...CHANGES, change('ADDED', 11, { c1: '1' })]
    expect(new Ledger().differences(twice)).toEqual([`${NAME} at 11 has 1 for the second time`])
  })
})

describe('what a stream tells', () => {
  const event = (type: string, id?: string, data: object = {}): ReceivedEvent => ({
    event: type,
    id,
    data: JSON.stringify(data),
  })
  const synced = (version: number) => event('SYNCED', `${version}`)
  const reset = event('RESET', '')
  const [ADDED, MODIFIED, GONE] = CHANGES.map(({ type, object }) =>
    event(type, object.metadata.resourceVersion, object),
  ) as [ReceivedEvent, ReceivedEvent, ReceivedEvent]
  const initial = { ...ADDED, id: undefined }

  function differences(...events: ReceivedEvent[]): string[] {
    const told = new Told()
    told.startOver()
    for (const one of events) told.take(one)
    return told.differences(CHANGES)
  }

  it('is right with a state and all that follows', () => {
    expect(differences(synced(4), ADDED, MODIFIED, GONE)).toEqual([])
    expect(differences(initial, synced(6), MODIFIED, GONE)).toEqual([])
    expect(differences(synced(4), ADDED, reset, initial, synced(6), MODIFIED, GONE)).toEqual([])
  })

  it.each([
    ['missing', [synced(4), ADDED, GONE], 'event 1 after 4 is DELETED history-0-0 9'],
    ['missing at the end', [synced(4), ADDED, MODIFIED], 'event 2 after 4 is missing'],
    ['duplicated', [synced(4), ADDED, ADDED, MODIFIED, GONE], 'event 1 after 4 is ADDED history-0-0 5'],
    ['out of order', [synced(4), MODIFIED, ADDED, GONE], 'event 0 after 4 is MODIFIED history-0-0 7'],
    ['of nothing', [synced(9), GONE], 'it must be none'],
  ])('is wrong if an event is %s', (_, events, expected) => {
    expect(differences(...events)).toEqual([expect.stringContaining(expected)])
  })

  it('is wrong if the state is, or never complete', () => {
    expect(differences(synced(6), MODIFIED, GONE)).toEqual([`${NAME} at 6 is absent, it must be 5`])
    expect(differences(initial, synced(9))).toEqual([`${NAME} at 9 is 5, it must be absent`])
    expect(differences(initial)).toEqual(['a stream never had the whole state'])
  })

  it('can be resumed after its last event, unless it says otherwise', () => {
    const told = new Told()
    told.startOver()
    const ids = [initial, synced(6), MODIFIED, reset, synced(8), event('ERROR')].map((one) => {
      told.take(one)
      return told.last
    })
    expect(ids).toEqual([undefined, '6', '7', undefined, '8', undefined])
  })
})
