/**
 * Which traces are recorded.
 * @see {@link https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling}
 */
import { SAMPLED, type SpanContext } from './context.ts'

/**
 * Decides about the span of a request, and so about everything below it.
 * @param parent - The span of the client, if it named one
 */
export type Sampler = (traceId: string, parent: SpanContext | undefined) => boolean

/** Values of OTEL_TRACES_SAMPLER. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/** The name of a sampler. */
export type SamplerName = (typeof SAMPLERS)[number]

/**
 * Makes a sampler.
 * @param ratio - The part of traces that the samplers by ratio record, from 0 to 1
 */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  const [, prefix, root] = /^(parentbased_)?(.*)$/.exec(name) ?? []
  const sample: Sampler =
    root === 'always_on' ? () => true : root === 'always_off' ? () => false : (traceId) => isWithin(traceId, ratio)
  if (prefix === undefined) return sample
  return (traceId, parent) => (parent === undefined ? sample(traceId, parent) : (parent.flags & SAMPLED) !== 0)
}

/**
 * Whether a trace belongs to the part that is recorded. It compares the last 56 bits of the id, which are random, so that all
 * services with the same ratio record the same traces.
 */
function isWithin(traceId: string, ratio: number): boolean {
  // The upper 52 of them: more do not fit into a number.
  return Number.parseInt(traceId.slice(18, 31), 16) >= Math.round((1 - ratio) * 2 ** 52)
}
