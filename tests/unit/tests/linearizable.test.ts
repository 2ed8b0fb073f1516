import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLinearizable, type Operation, violation } from '../../history/linearizable.ts'
import { ABSENT, type Asked, DELETED, exchange, REFUSED, stateOf } from '../../history/register.ts'

/** A client's request, its answer, and when it was called and returned. Without an answer the outcome is unknown. */
const op = (client: string, called: number, returned: number, asked: Asked, answer?: string) =>
  exchange({ client, process: 0, asked, answer }, called, returned)

const [a1, a2, b1] = [{ a: '1' }, { a: '2' }, { b: '1' }]
const [A1, A2, B1] = [stateOf(a1), stateOf(a2), stateOf(b1)]
const create = (entries: Record<string, string>): Asked => ({ type: 'create', entries })
const replace = (expected: string, entries: Record<string, string>): Asked => ({ type: 'replace', expected, entries })
const patch = (entries: Record<string, string>): Asked => ({ type: 'patch', entries })
const read: Asked = { type: 'read' }

describe('a history is linearizable', () => {
  it.each([
    ['without operations', []],
    ['one after the other', [op('a', 0, 1, create(a1), A1), op('b', 2, 3, read, A1), op('b', 4, 5, read, A1)]],
    [
      'if reads that overlap a write see either state',
      [
        op('a', 0, 1, create(a1), A1),
        op('a', 2, 9, replace(A1, a2), A2),
        op('b', 3, 4, read, A1),
        op('b', 5, 6, read, A2),
      ],
    ],
    [
      'if the later call takes effect first',
      [op('a', 0, 9, create(a1), REFUSED), op('b', 1, 8, create(b1), B1), op('c', 10, 11, read, B1)],
    ],
    [
      'if an unknown write takes effect long after its call',
      [
        op('a', 0, 1, create(a1)),
        op('b', 2, 3, read, ABSENT),
        op('b', 4, 5, create(b1), REFUSED),
        op('b', 6, 7, read, A1),
      ],
    ],
    [
      'if an unknown write never takes effect',
      [op('a', 0, 1, create(a1)), op('b', 2, 3, create(b1), B1), op('b', 4, 5, read, B1)],
    ],
    [
      'if patches of different entries are merged',
      [
        op('a', 0, 1, create(a1), A1),
        op('b', 2, 5, patch(b1), stateOf({ ...a2, ...b1 })),
        op('a', 2, 5, patch(a2), A2),
        op('c', 6, 7, read, stateOf({ ...a2, ...b1 })),
      ],
    ],
    [
      'if an object is created again after it was deleted',
      [
        op('a', 0, 1, create(a1), A1),
        op('b', 2, 3, { type: 'delete', expected: A1 }, DELETED),
        op('a', 4, 5, replace(A1, a2), ABSENT),
        op('b', 6, 7, create(b1), B1),
        op('a', 8, 9, { type: 'delete' }, DELETED),
      ],
    ],
  ])('%s', (_, history) => {
    expect(isLinearizable(history, ABSENT)).toBe(true)
  })
})

describe('a history is not linearizable', () => {
  it.each([
    [
      'if an update is lost',
      [
        op('a', 0, 1, create(a1), A1),
        op('a', 2, 5, replace(A1, a2), A2),
        op('b', 2, 5, replace(A1, { ...a1, ...b1 }), stateOf({ ...a1, ...b1 })),
      ],
    ],
    [
      'if a patch loses the entry of another',
      [
        op('a', 0, 1, create(a1), A1),
        op('b', 2, 3, patch(b1), stateOf({ ...a1, ...b1 })),
        op('a', 4, 5, patch(a2), A2),
      ],
    ],
    ['if a read after an acknowledged write is stale', [op('a', 0, 1, create(a1), A1), op('a', 2, 3, read, ABSENT)]],
    [
      'if two reads that overlap a write see it come and go',
      [
        op('a', 0, 1, create(a1), A1),
        op('a', 2, 9, replace(A1, a2), A2),
        op('b', 3, 4, read, A2),
        op('c', 5, 6, read, A1),
      ],
    ],
    ['if an object is created twice', [op('a', 0, 3, create(a1), A1), op('b', 1, 2, create(b1), B1)]],
    ['if a refused write has happened', [op('a', 0, 1, create(a1), REFUSED), op('b', 2, 3, read, A1)]],
    [
      'if a write is refused although its condition holds',
      [op('a', 0, 1, create(a1), A1), op('b', 2, 3, replace(A1, a2), REFUSED)],
    ],
    [
      'if a deletion that happened is answered as if there was nothing to delete',
      [op('a', 0, 1, create(a1), A1), op('b', 2, 3, { type: 'delete', expected: A1 }, ABSENT)],
    ],
    [
      'if an unknown write takes effect before its call',
      [op('b', 0, 1, read, A1), op('a', 2, 3, create(a1)), op('b', 4, 5, read, A1)],
    ],
    [
      'if an unknown write takes effect twice',
      [
        op('a', 0, 1, create(a1)),
        op('b', 2, 3, { type: 'delete', expected: A1 }, DELETED),
        op('b', 4, 5, { type: 'delete', expected: A1 }, DELETED),
      ],
    ],
  ])('%s', (_, history) => {
    expect(isLinearizable(history, ABSENT)).toBe(false)
  })
})

/** The definition itself: some order of the operations, without some of the unknown ones, respects time and outcomes. */
function byDefinition(left: readonly Operation[], state: string): boolean {
  if (left.every(({ returned }) => returned === Infinity)) return true
  return left.some((operation) => {
    const rest = left.filter((other) => other !== operation)
    if (rest.some(({ returned }) => returned < operation.called)) return false
    const next = operation.apply(state)
    return next !== undefined && byDefinition(rest, next)
  })
}

it('decides as the definition does', () => {
  const states = fc.constantFrom(A1, A2, B1, ABSENT)
  const entries = fc.constantFrom<Record<string, string>>(a1, a2, b1)
  const asked: fc.Arbitrary<Asked> = fc.oneof(
    fc.constant(read),
    entries.map(create),
    entries.map(patch),
    fc.tuple(states, entries).map(([expected, next]) => replace(expected, next)),
    states.map((expected): Asked => ({ type: 'delete', expected })),
  )
  const answer = fc.option(fc.oneof(states, fc.constantFrom(REFUSED, DELETED)), { nil: undefined })
  const time = fc.integer({ min: 0, max: 12 })
  const any = fc
    .tuple(time, time, asked, answer)
    .map(([one, other, asked, answer]) => op('a', Math.min(one, other), Math.max(one, other), asked, answer))
  const verdicts = { true: 0, false: 0 }
  fc.assert(
    fc.property(fc.array(any, { maxLength: 6 }), (history) => {
      const verdict = isLinearizable(history, ABSENT)
      expect(verdict).toBe(byDefinition(history, ABSENT))
      verdicts[`${verdict}`] += 1
    }),
    { numRuns: 3_000 },
  )
  expect(verdicts.true).toBeGreaterThan(100)
  expect(verdicts.false).toBeGreaterThan(100)
})

it('needs no time for long histories with unknown outcomes', () => {
  // Ten clients at a time, and every tenth outcome is unknown: half of those writes have happened.
  let state: Record<string, string> = { a: '0' }
  const history = [op('a', 0, 1, create(state), stateOf(state))]
  for (let index = 1; index < 1_000; index += 1) {
    const client = `c${index % 10}`
    const entries = { [client]: String(index) }
    const called = 10 * index - (index % 7) * 9
    if (index % 20 === 10) history.push(op(client, called, 0, patch(entries)))
    else {
      state = { ...state, ...entries }
      history.push(op(client, called, 10 * index + 1, patch(entries), index % 20 === 0 ? undefined : stateOf(state)))
      history.push(op('reader', 10 * index + 2, 10 * index + 3, read, stateOf(state)))
    }
  }
  const started = performance.now()
  expect(isLinearizable(history, ABSENT)).toBe(true)
  expect(performance.now() - started).toBeLessThan(10_000)
})

it('shows the part of a history that proves a violation', () => {
  const wrong = [op('a', 0, 1, create(a1), A1), op('b', 4, 7, replace(A1, b1), B1), op('c', 6, 9, replace(A1, a2), A2)]
  const around = [
    op('d', 2, 3, read, A1),
    op('d', 3, 4, create(b1), REFUSED),
    op('d', 10, 11, read, A2),
    op('d', 12, 13, patch(b1), stateOf({ ...a2, ...b1 })),
  ]
  expect(violation([...around, ...wrong], ABSENT)).toEqual(wrong)
})
