/**
 * The behaviors of all kinds that differ from the default.
 */
import type { Behavior } from '../behavior.ts'
import { CLOUD } from './cloud.ts'
import { EDC } from './edc.ts'
import { ENABLEMENT } from './enablement.ts'

/** By kind. */
export const BEHAVIORS: ReadonlyMap<string, Behavior> = new Map(
  [...EDC, ...ENABLEMENT, ...CLOUD].map((behavior) => [behavior.kind, behavior]),
)
