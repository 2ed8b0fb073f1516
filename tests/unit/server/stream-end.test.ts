import { describe, expect, it } from 'vitest'
import { Problem } from '../../../shared/http/problem.ts'
import type { Call } from '../../../shared/server/call.ts'
import { lastEvent, StreamEnd } from '../../../shared/server/stream-end.ts'

const call = { url: new URL('https://api.example/v1/connectors'), requestId: 'r1' } as Call

describe('the last event of a stream', () => {
  it.each([
    ['a reason to end', new StreamEnd('time_limit'), { event: 'RECONNECT', data: { reason: 'time_limit' } }],
    ['a failure of the cluster', new Problem('cluster_unavailable', 'x'), { data: { reason: 'cluster_unavailable' } }],
    ['a lost access', new Problem('forbidden', 'x'), { event: 'ERROR', data: { code: 'forbidden' } }],
    ['a defect, without its message', new TypeError('a secret'), { event: 'RECONNECT', data: { reason: 'internal' } }],
  ])('tells %s', (_, error, expected) => {
    expect(lastEvent(call, error)).toMatchObject(expected)
  })
})
