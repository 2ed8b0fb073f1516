/** Which requests the circuit breaker admits, decided without sending any. */
import { describe, expect, it } from 'vitest'
import { type Admission, admit, TRIAL_MS } from '../../../shared/kube/circuit-breaker.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { dateAndLog } from '../fixtures/date-and-log.ts'

const START = Date.parse('2026-11-29T00:00:00Z')

const { lines, wait } = dateAndLog(START)

const fine = (): Response => new Response()
const throttled = (retryAfter?: string): Response =>
  new Response(null, { status: 429, ...(retryAfter !== undefined && { headers: { 'Retry-After': retryAfter } }) })

/** `admitted`, `trial`, or the code and Retry-After of the refusal. */
function outcome(env: Environment, caller = '', isRelayed = false): string {
  try {
    const admission = admit(env, caller, 10_000, isRelayed)
    const { isTrial } = admission
    // It leaves no trace.
    admission.ended()
    return isTrial ? 'trial' : 'admitted'
  } catch (error) {
    const { code, headers } = error as { code: string; headers: Record<string, string> }
    return `${code} ${headers['Retry-After']}`
  }
}

function expire(env: Environment, times: number): void {
  for (let time = 0; time < times; time += 1) admit(env, '', 10_000).expired()
}

const REFUSED = 'cluster_unavailable 2'

describe('a circuit breaker', () => {
  it('opens after three missed deadlines in a row, or KUBE_DEADLINES', () => {
    const env = {} as Environment
    expire(env, 2)
    expect(outcome(env)).toBe('admitted')
    expire(env, 1)
    expect(outcome(env)).toBe(REFUSED)
    expect(() => admit(env, '', 10_000)).toThrow('The cluster does not answer in time.')
    const early = { KUBE_DEADLINES: '1' } as Environment
    expire(early, 1)
    expect(outcome(early)).toBe(REFUSED)
  })

  it('starts to count again after an answer', () => {
    const env = {} as Environment
    expire(env, 2)
    admit(env, '', 10_000).answered(new Response(null, { status: 500 }))
    expire(env, 2)
    expect(outcome(env)).toBe('admitted')
  })

  it('does not count requests that end without a verdict, nor those that are only relayed', () => {
    const env = {} as Environment
    for (let time = 0; time < 5; time += 1) {
      admit(env, '', 10_000).ended()
      admit(env, '', 10_000, true).expired()
    }
    expect(outcome(env)).toBe('admitted')
  })

  it('admits one trial after a second, and another one a second after it ended', () => {
    const env = {} as Environment
    expire(env, 3)
    wait(999)
    expect(outcome(env)).toBe(REFUSED)
    wait(1)
    expect(outcome(env, '', true)).toBe(REFUSED)
    const trial = admit(env, '', 10_000)
    expect([trial.isTrial, outcome(env)]).toEqual([true, REFUSED])
    wait(5_000)
    expect(outcome(env)).toBe(REFUSED)
    trial.ended()
    expect(outcome(env)).toBe(REFUSED)
    wait(999)
    expect(outcome(env)).toBe(REFUSED)
    wait(1)
    expect(outcome(env)).toBe('trial')
  })

  it('admits another trial when one has not ended in time', () => {
    const env = {} as Environment
    expire(env, 3)
    wait(1_000)
    admit(env, '', 10_000)
    wait(10_000 + TRIAL_MS - 1)
    expect(outcome(env)).toBe(REFUSED)
    wait(1)
    expect(outcome(env)).toBe('trial')
  })

  it('closes with the first answer, that of an earlier request as well', () => {
    const env = {} as Environment
    const slow = admit(env, '', 10_000)
    expire(env, 3)
    slow.answered(fine())
    expect(outcome(env)).toBe('admitted')
    // The count begins anew.
    expire(env, 2)
    expect(outcome(env)).toBe('admitted')
  })

  it('logs once that it opens, and after how long it closes', () => {
    const env = {} as Environment
    expire(env, 2)
    const late = [admit(env, '', 10_000), admit(env, '', 10_000)]
    expect(lines).toEqual([])
    for (const admission of late) admission.expired()
    expect(lines).toMatchObject([
      { level: 'error', message: 'The API server does not answer in time; requests are refused until it does.' },
    ])
    wait(2_600)
    admit(env, '', 10_000).answered(fine())
    admit(env, '', 10_000).answered(fine())
    expect(lines.slice(1)).toMatchObject([{ level: 'warn', message: 'The API server answers again.', seconds: 3 }])
  })

  it('tries again a second after it has opened, not after later deadlines', () => {
    const env = {} as Environment
    const late = admit(env, '', 10_000)
    expire(env, 3)
    wait(600)
    late.expired()
    wait(400)
    expect(outcome(env)).toBe('trial')
  })
})

describe('a crowd of requests', () => {
  const crowd = (env: Environment, count: number, isRelayed = false): Admission[] =>
    Array.from({ length: count }, () => admit(env, '', 10_000, isRelayed))

  it('is 16 that have been silent for more than 2 s', () => {
    const env = {} as Environment
    const waiting = crowd(env, 15)
    wait(2_001)
    expect(outcome(env)).toBe('admitted')
    waiting.push(...crowd(env, 1))
    expect(outcome(env)).toBe(REFUSED)
    const patient = {} as Environment
    crowd(patient, 16)
    wait(2_000)
    expect(outcome(patient)).toBe('admitted')
    wait(1)
    expect(outcome(patient)).toBe(REFUSED)
  })

  it('is none while some are answered, or miss their deadline', () => {
    for (const end of [(one: Admission) => one.answered(fine()), (one: Admission) => one.expired()]) {
      const env = {} as Environment
      const [first] = crowd(env, 18)
      wait(2_001)
      if (first !== undefined) end(first)
      expect(outcome(env)).toBe('admitted')
      wait(2_000)
      expect(outcome(env)).toBe('admitted')
      wait(1)
      expect(outcome(env)).toBe(REFUSED)
    }
  })

  it('is not made of relayed requests, nor of those that have ended or are past their deadline', () => {
    const env = {} as Environment
    crowd(env, 16, true)
    for (const admission of crowd(env, 16)) admission.ended()
    wait(2_001)
    expect(outcome(env)).toBe('admitted')
    crowd(env, 16)
    wait(9_999)
    expect(outcome(env)).toBe(REFUSED)
    wait(1)
    expect(outcome(env)).toBe('admitted')
  })

  it('is not made of requests that were answered', () => {
    const env = {} as Environment
    for (const admission of crowd(env, 16)) admission.answered(fine())
    crowd(env, 1)
    wait(2_001)
    expect(outcome(env)).toBe('admitted')
  })

  it('is silent since the first of them was sent, not since the last answer', () => {
    const env = {} as Environment
    admit(env, '', 10_000).answered(fine())
    wait(60_000)
    crowd(env, 16)
    wait(1_000)
    expect(outcome(env)).toBe('admitted')
  })
})

describe('Retry-After of a 429', () => {
  it('pauses the requests of that caller only', () => {
    const env = {} as Environment
    admit(env, 'ada', 10_000).answered(throttled('3'))
    expect([outcome(env, 'ada'), outcome(env, 'eve'), outcome(env)]).toEqual([
      'too_many_requests 3',
      'admitted',
      'admitted',
    ])
    wait(1_500)
    expect(outcome(env, 'ada')).toBe('too_many_requests 2')
    wait(1_499)
    expect(outcome(env, 'ada')).toBe('too_many_requests 1')
    wait(1)
    expect(outcome(env, 'ada')).toBe('admitted')
  })

  it('says why', () => {
    const env = {} as Environment
    admit(env, '', 10_000).answered(throttled('3'))
    expect(() => admit(env, '', 10_000)).toThrow('The cluster is throttling requests.')
  })

  it('counts although another request of the caller is answered later', () => {
    const env = {} as Environment
    const earlier = [admit(env, '', 10_000), admit(env, '', 10_000)]
    admit(env, '', 10_000).answered(throttled('3'))
    earlier[0]?.answered(fine())
    earlier[1]?.answered(throttled('0'))
    expect(outcome(env)).toBe('too_many_requests 3')
  })

  it('counts for 30 s at most', () => {
    const env = {} as Environment
    admit(env, '', 10_000).answered(throttled('3600'))
    expect(outcome(env)).toBe('too_many_requests 30')
    wait(30_000)
    expect(outcome(env)).toBe('admitted')
  })

  it('is that of a 429, and a number of seconds', () => {
    const env = {} as Environment
    const headers = { 'Retry-After': '3' }
    admit(env, '', 10_000).answered(new Response(null, { status: 503, headers }))
    for (const value of [undefined, '0', '-1', 'soon']) admit(env, '', 10_000).answered(throttled(value))
    expect(outcome(env)).toBe('admitted')
  })
})
