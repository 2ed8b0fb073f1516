/**
 * Server-side apply: the client says what it wants to own of an object, the API server merges it with what others own.
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/}
 * @module
 */

import type { ApplyOptions } from '../../http/write-options.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'
import type { Resource, Writing } from '../declaration.ts'
import { type Condition, preconditionFailed, stillWanted } from '../etag.ts'
import { objectName, objectNotFound } from '../locate.ts'
import { isSame } from '../patch/same.ts'
import { covers, kubeOf, type Place } from '../place.ts'
import { manifestErrors, toApply, withoutServerOwned } from './manifest.ts'
import { refuseIfOwned } from './owner.ts'
import { untilWon } from './races.ts'
import { refuseIfAny, specErrors } from './validate.ts'
import { checked, destinationOf, manifestOf, notGranted, send } from './write.ts'

/** An apply on its way. */
export interface Apply {
  readonly call: Call
  readonly resource: Resource
  readonly place: Place
  /** As the client sent it. */
  readonly body: unknown
  /** Of `If-Match`. */
  readonly condition: Condition | undefined
  readonly options: ApplyOptions
}

/** What an apply did. */
export interface Applied {
  readonly before?: KubeObject
  readonly after: KubeObject
  readonly created: boolean
  readonly result: 'created' | 'configured' | 'unchanged'
}

/**
 * Applies. First the API server is asked what would come of it, and that is checked as any other change is: only then can
 * rules over the whole object be told apart from what the client left to others. The stored version that was read is the
 * one that is changed.
 * @throws {Problem} `field_conflict` naming field and manager, `precondition_failed`, `validation_failed` …
 */
export async function apply(request: Apply): Promise<Applied> {
  const { call, resource, place, condition, options } = request
  const name = objectName(call, resource)
  const destination = destinationOf(place, name)
  const body = manifestOf(request.body)
  const { metadata = {} } = body
  const wanted = isObject(metadata) ? { ...body, metadata: { ...metadata, name: metadata.name ?? name } } : body
  return untilWon(async () => {
    const current = await find(call, resource, place, name)
    if (current === undefined) {
      if (condition !== undefined) throw preconditionFailed()
      place.access.require('create', resource.plural)
    } else {
      if (!(await stillWanted(condition, current))) throw preconditionFailed()
      refuseIfOwned(current)
    }
    const writing: Writing = { call, resource, place, current, dryRun: options.dryRun }
    const own = resource.prepare?.(wanted, writing) ?? wanted
    refuseIfAny([
      ...manifestErrors(resource, own, destination, current),
      ...(await specErrors(resource, own.spec, current !== undefined)),
    ])
    const asked = toApply(resource, own, destination, call.principal, current, false)
    const { force } = options
    const planned = await send({ ...writing, dryRun: true }, 'apply', asked, { name, force })
    const whole = await checked(withoutServerOwned(planned as unknown as JsonObject), writing, name)
    if (!covers(place, resource, planned, true)) throw notGranted(resource)
    const isUnchanged = current !== undefined && isSame(whole, current)
    const result = current === undefined ? 'created' : isUnchanged ? 'unchanged' : 'configured'
    const latest = current && ((await resource.guard?.(current, whole, writing)) ?? current)
    const before = current && { before: current }
    if (options.dryRun) return { ...before, after: planned, created: current === undefined, result }
    // Nobody is in conflict with this version, as was seen; `force` is for the note of who changed it last.
    const stored = isUnchanged ? asked : toApply(resource, own, destination, call.principal, latest, true)
    const after = await send(writing, 'apply', stored, { name, force: force || !isUnchanged })
    return { ...before, after, created: current === undefined, result }
  })
}

async function find(call: Call, resource: Resource, place: Place, name: string): Promise<KubeObject | undefined> {
  const { group, version, plural } = resource
  const { namespace } = place
  const object = await kubeOf(call, place).get<KubeObject>({ group, version, plural, namespace, name })
  if (object !== undefined && !covers(place, resource, object, true)) throw objectNotFound(resource, name)
  return object
}
