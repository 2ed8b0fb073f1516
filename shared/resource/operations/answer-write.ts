/**
 * Answers to successful writes.
 * @module
 */
import { type Representation, represent } from '../../http/negotiate.ts'
import { locationOf, objectResponse } from '../answer.ts'
import type { Call } from '../call.ts'
import type { Resource } from '../declaration.ts'
import { difference } from '../difference.ts'
import type { KubeObject } from '../object.ts'
import type { Place } from '../place.ts'
import type { WriteOptions } from './write.ts'

/** What a write did. */
export interface Written {
  readonly call: Call
  readonly resource: Resource
  readonly place: Place
  readonly as: Representation
  readonly options: WriteOptions
  /** As it was; absent if it was created. */
  readonly before?: KubeObject
  readonly after: KubeObject
  readonly created?: boolean
}

/** The object as it is now, or for `diff=1` what would change. */
export async function answerWrite(written: Written): Promise<Response> {
  const { resource, place, as, options, before, after, created = false } = written
  if (options.diff) return represent(await difference(resource, before, after), as)
  const location = locationOf(resource, place.organization?.name, after.metadata.name ?? '')
  // A dry run creates nothing that could be found anywhere.
  const status = created && !options.dryRun ? 201 : 200
  return objectResponse(resource, after, as, { status, headers: status === 201 ? { Location: location } : {} })
}
