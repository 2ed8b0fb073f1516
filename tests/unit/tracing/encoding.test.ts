/** What is written to a collector, and what is read from it. tests/monitoring has a collector judge it. */
import { describe, expect, it } from 'vitest'
import { exportRequest } from '../../../shared/tracing/otlp.ts'
import { decodePartialSuccess, encodeRequest } from '../../../shared/tracing/protobuf.ts'
import type { Span } from '../../../shared/tracing/span.ts'

const parent = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b173', flags: 1, state: 'a=1' }
const SPAN: Span = {
  context: { ...parent, spanId: 'eee19b7ec3c1b174' },
  parent,
  isRemote: true,
  kind: 'server',
  name: 'GET /ü',
  startedAt: 1_544_712_660_000,
  endedAt: 1_544_712_661_000.5,
  attributes: { 'http.route': '/ü', 'http.response.status_code': 503, 'error.type': undefined },
  isError: true,
}

describe('a span', () => {
  it('is JSON as OTLP maps it: ids in hexadecimal, enumerations as numbers, 64-bit integers as text', () => {
    expect(exportRequest([SPAN], { 'service.name': 'x' })).toEqual({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'x' } }] },
          scopeSpans: [
            {
              scope: { name: 'kaphera-cloud-server' },
              spans: [
                {
                  traceId: '5b8efff798038103d269b633813fc60c',
                  spanId: 'eee19b7ec3c1b174',
                  parentSpanId: 'eee19b7ec3c1b173',
                  traceState: 'a=1',
                  flags: 0x301,
                  name: 'GET /ü',
                  kind: 2,
                  startTimeUnixNano: '1544712660000000000',
                  endTimeUnixNano: '1544712661000500000',
                  attributes: [
                    { key: 'http.route', value: { stringValue: '/ü' } },
                    { key: 'http.response.status_code', value: { intValue: '503' } },
                  ],
                  status: { code: 2 },
                },
              ],
            },
          ],
        },
      ],
    })
  })

  it('is binary with the same content', () => {
    const bytes = encodeRequest({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: '5b8efff798038103d269b633813fc60c',
                  spanId: 'eee19b7ec3c1b174',
                  name: 'ü',
                  kind: 2,
                  startTimeUnixNano: '1544712660000000000',
                  attributes: [{ key: 'a', value: { intValue: '503' } }],
                  status: { code: 2 },
                  flags: 0x301,
                },
              ],
            },
          ],
        },
      ],
    })
    const span = [
      '0a10 5b8efff798038103d269b633813fc60c',
      '1208 eee19b7ec3c1b174',
      '2a02 c3bc',
      '3002',
      '39 004859e3faeb6f15',
      '4a08 0a0161 1203 18f703',
      '7a02 1802',
      '8501 01030000',
    ]
    const inner = span.join('').replaceAll(' ', '')
    const size = (text: string): string => (text.length / 2).toString(16).padStart(2, '0')
    const scope = `12${size(inner)}${inner}`
    const resource = `12${size(scope)}${scope}`
    expect(Buffer.from(bytes).toString('hex')).toBe(`0a${size(resource)}${resource}`)
  })

  it('has no field that the messages do not know', () => {
    expect(() => encodeRequest({ resourceSpans: [{ other: 1 }] })).toThrow('no field other')
  })
})

describe('the answer of a collector', () => {
  const decode = (hex: string) => decodePartialSuccess(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')))

  it.each([
    ['nothing', '', {}],
    ['an empty partial success', '0a00', {}],
    ['rejected spans and why', '0a09 08ac02 1204 77687921', { rejectedSpans: 300, errorMessage: 'why!' }],
    ['fields that are not known', '1005 19 0000000000000000 25 00000000 0a02 0801', { rejectedSpans: 1 }],
  ])('is read: %s', (_, hex, expected) => {
    expect(decode(hex)).toEqual(expected)
  })

  it.each(['0a', '0bff', '08ff'])('may be broken: %s', (hex) => {
    expect(() => decode(hex)).toThrow(RangeError)
  })
})
