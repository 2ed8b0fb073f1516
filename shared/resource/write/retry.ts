/**
 * Optimistic concurrency: a change that conflicts with another is made again.
 */
import type { KubeObject } from '../../kind/object.ts'
import { ConflictError } from '../../kube/index.ts'
import { pause } from '../../runtime/pause.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'

/** Attempts before the conflict is the answer. */
const ATTEMPTS = 50
/** Attempts without a pause between them. */
const IMMEDIATE = 5
/** Longest pause between later attempts, in milliseconds. */
const PAUSE_MS = 50

/**
 * The result of a dry run, unless another write came in between: its changes would then look like those of the dry run. A dry run
 * itself does not change the version.
 * @throws {ConflictError} if another write came between the read and the dry run
 */
export function unlessOvertaken(
  { isDryRun, resource }: Collection<Resource>,
  before: KubeObject,
  after: KubeObject,
): KubeObject {
  if (!isDryRun || before.metadata.resourceVersion === after.metadata.resourceVersion) return after
  throw new ConflictError(`${resource.kind} "${before.metadata.name}"`)
}

/**
 * Repeats an attempt as long as it ends in a conflict.
 * @param attempt - Reads, decides and writes, from the beginning each time
 * @throws what the attempt throws; {@link ConflictError} after 50 attempts
 */
export async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ConflictError) || count === ATTEMPTS) throw error
      // A random pause lets others finish.
      if (count > IMMEDIATE) await pause(Math.random() * PAUSE_MS)
    }
  }
}
