import type { CallerSlices } from '../runtime/environment.ts'
import type { LastWrites } from './last-writes.ts'
import type { ReadJson } from './read-json.ts'
import type { KubeRequest } from './request-factory.ts'

/** Sends requests as one identity. */
export interface KubeTransport {
  readonly lastWrites: LastWrites
  /**
   * Sends a request.
   * @returns The successful answer with its body unread
   * @throws {Problem} for an error answer, by `translateStatus`, and if there is no answer
   */
  send(request: KubeRequest): Promise<Response>
  /**
   * Sends a request and reads its answer as JSON.
   * @param limit - Maximum size of the answer in bytes
   * @throws {AnswerTooLarge} beyond the limit, or if there is no memory for a large answer
   * @throws {Problem} as `send`, and for a broken connection
   */
  read(request: KubeRequest, limit: number): Promise<ReadJson>
  /**
   * Slices of the caller, also for changes of watches: a change of one object comes to all its watchers at once. Absent if none are needed.
   */
  readonly slices: CallerSlices | undefined
  /** Releases the memory share of large answers. */
  release(): void
}
