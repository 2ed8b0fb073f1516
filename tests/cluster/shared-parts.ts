/**
 * One set of real parts for all test files of this directory, which vitest runs in one process (vitest.config.ts).
 * @module
 */
import { type RealParts, startRealParts } from './surroundings.ts'

let parts: Promise<RealParts> | undefined

/** The parts, started when they are first asked for; they end with the process (processes.ts). */
export function sharedParts(): Promise<RealParts> {
  parts ??= startRealParts()
  return parts
}
