/**
 * The behaviours of all kinds that have one of their own.
 * @module
 */
import type { Behaviour } from '../behaviour.ts'
import { CLOUD } from './cloud.ts'
import { EDC } from './edc.ts'
import { ENABLEMENT } from './enablement.ts'

/** By kind. */
export const BEHAVIOURS: ReadonlyMap<string, Behaviour> = new Map(
  [...EDC, ...ENABLEMENT, ...CLOUD].map((behaviour) => [behaviour.kind, behaviour]),
)
