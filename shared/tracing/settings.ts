/**
 * The settings of tracing, with the names and meanings that OpenTelemetry defines.
 * @see {@link https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/}
 */
import type { Environment } from '../runtime/environment.ts'
import { isTraced } from '../runtime/trace.ts'
import { createSampler, SAMPLERS, type Sampler, type SamplerName } from './sampler.ts'

/** How spans are written: values of OTEL_EXPORTER_OTLP_PROTOCOL. */
export const PROTOCOLS = ['http/protobuf', 'http/json'] as const
/** Default of OTEL_SERVICE_NAME. */
const SERVICE_NAME = 'kaphera-cloud-server'

/** Where spans go. */
export interface ExportSettings {
  readonly endpoint: string
  /** Headers of each request to the collector. They may be secret. */
  readonly headers: Readonly<Record<string, string>>
  readonly protocol: (typeof PROTOCOLS)[number]
  /** Timeout of a request in milliseconds. */
  readonly timeoutMs: number
  /** What the process is, e.g. `service.name`. */
  readonly resource: Readonly<Record<string, string>>
}

/** How spans wait. */
export interface QueueSettings {
  /** Maximum number of spans that wait. */
  readonly size: number
  /** Maximum number of spans of one export. */
  readonly batch: number
  /** Longest time that a span waits for others, in milliseconds. */
  readonly delayMs: number
  /** Milliseconds after which a batch is given up, with all its retries. */
  readonly exportMs: number
}

/** All settings. */
export interface TracingSettings extends ExportSettings {
  readonly sampler: Sampler
  readonly queue: QueueSettings
}

/**
 * Reads the settings.
 * @returns The settings, unless tracing is off or an error is found; the errors, each with the name of its setting
 */
export function readTracing(env: Environment): {
  readonly settings?: TracingSettings
  readonly errors: readonly string[]
} {
  if (!isTraced(env)) return { errors: [] }
  const reader = new Reader(env)
  const isDisabled = reader.oneOf('OTEL_SDK_DISABLED', ['false', 'true']) === 'true'
  const sampler = reader.oneOf('OTEL_TRACES_SAMPLER', SAMPLERS, 'parentbased_always_on')
  const size = reader.whole('OTEL_BSP_MAX_QUEUE_SIZE', 2048, 1, 1_000_000)
  const settings: TracingSettings = {
    endpoint: reader.endpoint(),
    headers: reader.headers(),
    protocol: reader.oneOf(reader.either('PROTOCOL'), PROTOCOLS),
    timeoutMs: reader.whole(reader.either('TIMEOUT'), 10_000, 1, 600_000),
    resource: reader.resource(),
    sampler: createSampler(sampler, reader.ratio(sampler)),
    queue: {
      size,
      batch: reader.whole('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', Math.min(512, size), 1, size),
      delayMs: reader.whole('OTEL_BSP_SCHEDULE_DELAY', 5_000, 0, 600_000),
      exportMs: reader.whole('OTEL_BSP_EXPORT_TIMEOUT', 30_000, 1, 600_000),
    },
  }
  const { errors } = reader
  return isDisabled || errors.length > 0 ? { errors } : { settings, errors }
}

/** Name of a setting of OpenTelemetry. */
type Name = keyof Environment & `OTEL_${string}`

/** Reads settings and collects the errors of all. */
class Reader {
  readonly errors: string[] = []
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  /** The name of a setting of the exporter: the one for traces if it is set. */
  either(suffix: 'PROTOCOL' | 'TIMEOUT' | 'HEADERS'): Name {
    const own: Name = `OTEL_EXPORTER_OTLP_TRACES_${suffix}`
    return this.#text(own) === '' ? `OTEL_EXPORTER_OTLP_${suffix}` : own
  }

  /** One of some values; the first is the default unless another one is named. */
  oneOf<const Value extends string>(name: Name, values: readonly Value[], byDefault?: Value): Value {
    const text = this.#text(name).toLowerCase()
    const value = values.find((known) => known === text)
    if (text !== '' && value === undefined) this.errors.push(`${name} must be one of ${values.join(', ')}`)
    return value ?? byDefault ?? (values[0] as Value)
  }

  whole(name: Name, byDefault: number, minimum: number, maximum: number): number {
    const text = this.#text(name)
    if (text === '') return byDefault
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= minimum && value <= maximum) return value
    this.errors.push(`${name} must be a whole number from ${minimum} to ${maximum}`)
    return byDefault
  }

  ratio(sampler: SamplerName): number {
    const text = this.#text('OTEL_TRACES_SAMPLER_ARG')
    if (text === '' || !sampler.endsWith('traceidratio')) return 1
    const value = /^[\d.]+(e-\d+)?$/i.test(text) ? Number(text) : Number.NaN
    if (value >= 0 && value <= 1) return value
    this.errors.push('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1')
    return 1
  }

  endpoint(): string {
    const own = this.#text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
    if (own !== '') return this.#address('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', own)
    const base = this.#address('OTEL_EXPORTER_OTLP_ENDPOINT', this.#text('OTEL_EXPORTER_OTLP_ENDPOINT'))
    return `${base.replace(/\/$/, '')}/v1/traces`
  }

  #address(name: Name, text: string): string {
    const url = URL.parse(text)
    const isPlain = url !== null && url.username === '' && url.password === '' && url.hash === ''
    if (isPlain && /^https?:$/.test(url.protocol)) return url.href
    this.errors.push(`${name} must be an http or https URL without user and fragment`)
    return ''
  }

  headers(): Record<string, string> {
    const name = this.either('HEADERS')
    const pairs = this.#pairs(name)
    try {
      return Object.fromEntries(new Headers(pairs))
    } catch {
      this.errors.push(`${name} has a name or value that a header cannot have`)
      return {}
    }
  }

  resource(): Record<string, string> {
    const named = this.#text('OTEL_SERVICE_NAME')
    return {
      'service.name': SERVICE_NAME,
      ...this.#pairs('OTEL_RESOURCE_ATTRIBUTES'),
      ...(named !== '' && { 'service.name': named }),
    }
  }

  /** `name=value` pairs, separated by commas, with percent-encoded values. */
  #pairs(name: Name): Record<string, string> {
    const members = this.#text(name)
      .split(',')
      .filter((member) => member.trim() !== '')
    try {
      return Object.fromEntries(
        members.map((member) => {
          const [, key = '', value = ''] = /^\s*([^\s=]+)\s*=(.*)$/s.exec(member) ?? []
          if (key === '') throw new TypeError('a member without a name')
          return [decodeURIComponent(key), decodeURIComponent(value.trim())]
        }),
      )
    } catch {
      this.errors.push(`${name} must be name=value pairs, separated by commas, with percent-encoded values`)
      return {}
    }
  }

  #text(name: Name): string {
    return (this.#env[name] as string | null | undefined)?.trim() ?? ''
  }
}
