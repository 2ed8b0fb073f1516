/** The ledger of the tests of faults notices what it is there for. */
import { describe, expect, it } from 'vitest'
import { type Attempt, Ledger } from '../../faults/ledger.ts'
import type { SentWrite } from '../../faults/proxy.ts'

const PATH = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'

function ledgerOf(...attempts: [Attempt['verb'], mark: string, Attempt['outcome']][]): Ledger {
  const ledger = new Ledger()
  for (const [verb, mark, outcome] of attempts) ledger.note({ verb, name: 'one', mark, outcome })
  return ledger
}

function lost(ledger: Ledger, mark?: string): readonly string[] {
  return ledger.compare(new Map(mark === undefined ? [] : [['one', mark]]), []).lost
}

function sent(mark: string, status: number | undefined): SentWrite {
  return { method: 'POST', path: PATH, body: JSON.stringify({ spec: { mark } }), status }
}

describe('a ledger', () => {
  it('misses an acknowledged write', () => {
    expect(lost(ledgerOf(['create', 'a', 'acknowledged']))).toHaveLength(1)
    expect(lost(ledgerOf(['create', 'a', 'acknowledged'], ['patch', 'b', 'acknowledged']), 'a')).toHaveLength(1)
    expect(lost(ledgerOf(['create', 'a', 'acknowledged'], ['delete', '', 'acknowledged']), 'a')).toHaveLength(1)
  })

  it('takes either state after a write of unknown outcome', () => {
    const ledger = ledgerOf(['create', 'a', 'acknowledged'], ['patch', 'b', 'unknown'])
    expect([lost(ledger, 'a'), lost(ledger, 'b')]).toEqual([[], []])
    expect(lost(ledger)).toHaveLength(1)
    expect(lost(ledgerOf(['create', 'a', 'unknown']))).toEqual([])
  })

  it('does not take a refused write that was carried out, or an object of nobody', () => {
    expect(lost(ledgerOf(['create', 'a', 'refused']), 'a')).toHaveLength(1)
    expect(lost(new Ledger(), 'a')).toHaveLength(1)
  })

  it('notices that a write was sent twice, unless the API server refused one', () => {
    const ledger = ledgerOf(['create', 'a', 'acknowledged'])
    const twice = (status: number | undefined): readonly string[] =>
      ledger.compare(new Map([['one', 'a']]), [sent('a', status), sent('a', 201)]).doubled
    expect([twice(201), twice(503), twice(undefined)].map(({ length }) => length)).toEqual([1, 1, 1])
    expect(twice(401)).toEqual([])
  })
})
