/**
 * The functions, built. Importing this file waits for the build, so that no test does.
 */
import { type Built, build } from './build.ts'

const made = await build()

/** Returns the build of this run. */
export function built(): Built {
  return made
}
