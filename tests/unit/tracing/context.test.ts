/** Trace headers (W3C Trace Context), identities of spans, and sampling. */
import { describe, expect, it } from 'vitest'
import { traceHeaders } from '../../../shared/runtime/trace.ts'
import { childOf, contextFrom, contextOf, headersOf } from '../../../shared/tracing/context.ts'
import { createSampler, SAMPLERS } from '../../../shared/tracing/sampler.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const VALID = `00-${ID}-${SPAN}-01`

const headersWith = (traceparent: string, tracestate?: string) =>
  traceHeaders(new Headers({ traceparent, ...(tracestate !== undefined && { tracestate }) }))

describe('traceparent', () => {
  it.each([
    VALID,
    `00-${ID}-${SPAN}-00`,
    // A later version may have more, and more flags.
    `01-${ID}-${SPAN}-ff-what-comes-later`,
    `cc-${ID}-${SPAN}-01`,
  ])('is accepted: %s', (traceparent) => {
    expect(headersWith(traceparent)).toEqual({ traceparent })
  })

  it.each([
    ['nothing', ''],
    ['an unknown form', '00-0-0-00'],
    ['upper case', VALID.toUpperCase()],
    ['the version ff', VALID.replace('00', 'ff')],
    ['a version that is not hexadecimal', VALID.replace('00', '.0')],
    ['zeros as trace id', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['zeros as span id', `00-${ID}-${'0'.repeat(16)}-01`],
    ['no flags', `00-${ID}-${SPAN}`],
    ['more than version 00 has', `${VALID}-extra`],
    ['a dash at the end of version 00', `${VALID}-`],
    ['more without a dash', `01-${ID}-${SPAN}-01extra`],
    ['given twice, in a later version', `01-${ID}-${SPAN}-01-x, 01-${ID}-${SPAN}-01-x`],
    ['two values', `${VALID}, ${VALID}`],
    ['too long', `01-${ID}-${SPAN}-01-${'x'.repeat(255)}`],
  ])('is ignored: %s', (_, traceparent) => {
    expect(headersWith(traceparent, 'vendor=a')).toEqual({})
  })
})

describe('tracestate', () => {
  it.each([
    'rojo=00f067aa0ba902b7',
    'rojo=1,congo=t61rcWkgMzE',
    'a=1, b=2\t,,c=3',
    'fw529a3039@dt=FfAAAA;:/?',
    `a=${'x'.repeat(256)}`,
  ])('is passed on: %s', (tracestate) => {
    expect(headersWith(VALID, tracestate)).toEqual({ traceparent: VALID, tracestate })
  })

  it.each([
    ['a key in upper case', 'Foo=1'],
    ['a key that begins with a digit and has no vendor', '1a=1'],
    ['two keys that are equal', 'a=1,a=2'],
    ['no value', 'a='],
    ['an equals sign in a value', 'a=b=c'],
    ['a member without a key', 'a=1,b'],
    ['33 members', Array.from({ length: 33 }, (_, at) => `k${at}=1`).join()],
    ['a long value', `a=${'x'.repeat(257)}`],
    ['nothing', ' , '],
    ['too long', `a=${'x'.repeat(250)},b=${'x'.repeat(250)},c=${'x'.repeat(20)}`],
  ])('is left out: %s', (_, tracestate) => {
    expect(headersWith(VALID, tracestate)).toEqual({ traceparent: VALID })
  })
})

describe('a span', () => {
  const always = () => true

  it('of a client without a trace begins one', () => {
    const one = contextOf(undefined, always)
    expect(headersOf(one)).toEqual({ traceparent: `00-${one.traceId}-${one.spanId}-03` })
    expect(one.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(contextOf(undefined, always).traceId).not.toBe(one.traceId)
  })

  it('continues a trace of a later version as version 00, with the flags that it knows', () => {
    const parent = contextFrom(headersWith(`cc-${ID}-${SPAN}-ff-more`, 'a=1'))
    const span = contextOf(parent, always)
    expect(headersOf(span)).toEqual({ traceparent: `00-${ID}-${span.spanId}-03`, tracestate: 'a=1' })
  })

  it('has children with ids of their own', () => {
    const parent = contextOf(undefined, () => false)
    const child = childOf(parent)
    expect(child).toEqual({ ...parent, spanId: child.spanId })
    expect(child.spanId).not.toBe(parent.spanId)
  })
})

describe('a sampler', () => {
  const sampled = contextFrom(headersWith(VALID))
  const unsampled = contextFrom(headersWith(VALID.replace(/1$/, '0')))
  const low = '0'.repeat(31).padEnd(32, '1')
  const high = 'f'.repeat(32)

  it.each([
    // name, ratio: without a parent for a low and a high id; with a parent that is not recorded, and one that is
    ['always_on', 0, [true, true, true, true]],
    ['always_off', 1, [false, false, false, false]],
    ['traceidratio', 0.5, [false, true, true, true]],
    ['traceidratio', 0, [false, false, false, false]],
    ['traceidratio', 1, [true, true, true, true]],
    ['parentbased_always_on', 0, [true, true, false, true]],
    ['parentbased_always_off', 1, [false, false, false, true]],
    ['parentbased_traceidratio', 0.5, [false, true, false, true]],
  ] as const)('%s with %d', (name, ratio, expected) => {
    const sample = createSampler(name, ratio)
    const decisions = [
      sample(low, undefined),
      sample(high, undefined),
      sample(high, unsampled),
      name === 'traceidratio' ? sample(high, sampled) : sample(low, sampled),
    ]
    expect(decisions).toEqual(expected)
  })

  it('has a case above for each name', () => {
    expect(SAMPLERS).toHaveLength(6)
  })

  it('by ratio records about that part of all traces, and all that a smaller ratio records', () => {
    const [some, more] = [createSampler('traceidratio', 0.1), createSampler('traceidratio', 0.3)]
    const ids = Array.from({ length: 10_000 }, () => contextOf(undefined, () => true).traceId)
    const chosen = ids.filter((id) => some(id, undefined))
    // Seven standard deviations.
    expect(Math.abs(chosen.length - 1000)).toBeLessThan(210)
    expect(chosen.every((id) => more(id, undefined))).toBe(true)
  })
})
