/** The settings of tracing. */
import { describe, expect, it } from 'vitest'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { isTraced } from '../../../shared/runtime/trace.ts'
import { readTracing } from '../../../shared/tracing/settings.ts'
import { environment, FakeIssuer } from '../fixtures/auth.ts'

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

function read(settings: Partial<Environment>) {
  return readTracing(environment(new FakeIssuer([]), undefined, settings))
}

describe('tracing', () => {
  it('is off without an endpoint, whatever else is set', () => {
    const settings = { OTEL_TRACES_SAMPLER: 'nonsense', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }
    expect(isTraced(settings as Environment)).toBe(false)
    expect(read(settings)).toEqual({ errors: [] })
  })

  it('is off if the SDK is disabled', () => {
    expect(read({ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' })).toEqual({ errors: [] })
    expect(read({ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }).settings).toBeDefined()
  })

  it('has the defaults of the specification', () => {
    expect(read(ENDPOINT).settings).toMatchObject({
      endpoint: 'http://collector:4318/v1/traces',
      headers: {},
      protocol: 'http/protobuf',
      timeoutMs: 10_000,
      resource: { 'service.name': 'kaphera-cloud-server' },
      queue: { size: 2048, batch: 512, delayMs: 5000, exportMs: 30_000 },
    })
  })

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector/otlp/' }, 'https://collector/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://10.0.0.1:4318' }, 'http://10.0.0.1:4318/'],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/in?tenant=a' }, 'https://traces/in?tenant=a'],
  ])('sends to the address that %o says', (settings, endpoint) => {
    expect(read(settings).settings?.endpoint).toBe(endpoint)
  })

  it('prefers the settings of traces', () => {
    const { settings } = read({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=2',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: ' api-key = a%2Cb%3D ',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '250',
    })
    expect(settings).toMatchObject({ headers: { 'api-key': 'a,b=' }, protocol: 'http/json', timeoutMs: 250 })
    expect(settings?.headers).not.toHaveProperty('a')
  })

  it('takes the name of the service from OTEL_SERVICE_NAME before OTEL_RESOURCE_ATTRIBUTES', () => {
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=one,deployment.environment.name=a%20b' }
    expect(read({ ...ENDPOINT, ...attributes }).settings?.resource).toEqual({
      'service.name': 'one',
      'deployment.environment.name': 'a b',
    })
    expect(read({ ...ENDPOINT, ...attributes, OTEL_SERVICE_NAME: 'two' }).settings?.resource).toMatchObject({
      'service.name': 'two',
    })
  })

  it.each([
    [{ OTEL_SDK_DISABLED: 'yes' }, 'OTEL_SDK_DISABLED must be one of false, true'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json'],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, /^OTEL_TRACES_SAMPLER must be one of always_on, /],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      /^OTEL_TRACES_SAMPLER_ARG must be a number/,
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /^OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:b@c' }, /^OTEL_EXPORTER_OTLP_ENDPOINT must be/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'canary' }, /^OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=canary%' }, /^OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=b%0Acanary' }, /^OTEL_EXPORTER_OTLP_HEADERS has a name or value/],
    [{ OTEL_RESOURCE_ATTRIBUTES: '=x' }, /^OTEL_RESOURCE_ATTRIBUTES must be/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '10s' }, /^OTEL_EXPORTER_OTLP_TIMEOUT must be a whole number from 1 to/],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '0' }, /^OTEL_BSP_MAX_QUEUE_SIZE must be/],
    [
      { OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '11' },
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE must be a whole number from 1 to 10',
    ],
    [{ OTEL_BSP_SCHEDULE_DELAY: '-1' }, /^OTEL_BSP_SCHEDULE_DELAY must be/],
    [{ OTEL_BSP_EXPORT_TIMEOUT: '0' }, /^OTEL_BSP_EXPORT_TIMEOUT must be/],
  ])('names what is wrong, and never a value that may be secret: %o', (settings, error) => {
    const { errors, settings: read_ } = read({ ...ENDPOINT, ...settings })
    expect(read_).toBeUndefined()
    expect(errors).toEqual([typeof error === 'string' ? error : expect.stringMatching(error)])
    expect(errors.join()).not.toContain('canary')
  })

  it('ignores the argument of a sampler that has none', () => {
    expect(read({ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: 'x' }).errors).toEqual([])
  })
})
