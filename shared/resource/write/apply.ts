/**
 * Server-side apply: the client sends the fields that it wants to own, and the API server merges them with the fields of others.
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/}
 */

import type { Condition } from '../../http/condition.ts'
import { isProblem } from '../../http/problem.ts'
import { canonical } from '../../kind/canonical.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import { ConflictError } from '../../kube/index.ts'
import type { Collection } from '../collection.ts'
import type { Resource, Writing } from '../declaration.ts'
import { existsAlready, preconditionFailed, stillWanted } from '../etag.ts'
import { objectName, objectNotFound } from '../locate.ts'
import { isSame } from '../patch/same.ts'
import { manifestErrors, toApply, withoutServerOwned } from './manifest.ts'
import { refuseIfOwned } from './owner.ts'
import { retryOnConflict, unlessOvertaken } from './retry.ts'
import { failIfOther } from './same-object.ts'
import { refuseIfAny, specErrors } from './validate.ts'
import { checked, createObject, destinationOf, manifestOf, stored } from './write.ts'

const PATCH = verb('patch')

/** An apply request. */
export interface Apply {
  readonly collection: Collection<Resource>
  /** The body as the client sent it. */
  readonly body: unknown
  /** Of `If-Match`. */
  readonly condition: Condition | undefined
  /** Of `If-None-Match: *`: whether the object must not exist. */
  readonly creates: boolean
  /** Whether to take over fields that other field managers own. */
  readonly force: boolean
}

/** The result of an apply. */
export interface Applied {
  readonly before?: KubeObject
  readonly after: KubeObject
  readonly created: boolean
  readonly result: 'created' | 'configured' | 'unchanged'
}

/**
 * Applies an object. If it exists, a dry run of the API server first shows the merged object, which is checked like any other
 * change: rules over the whole object need the fields that others own. Only the version that was read is changed.
 * @throws {Problem} `field_conflict` naming field and manager, `precondition_failed`, `validation_failed` …
 */
export async function apply(request: Apply): Promise<Applied> {
  const { collection, condition, creates, force } = request
  const { call, resource } = collection
  const name = objectName(call, resource)
  const destination = destinationOf(collection, name)
  const wanted = manifestOf(request.body, name)
  return retryOnConflict(async () => {
    const current = await find(collection, name)
    if (current === undefined) {
      if (condition !== undefined) throw preconditionFailed()
      failIfOther(request.body, undefined)
      return { after: await create(collection, wanted, name), created: true, result: 'created' }
    }
    if (creates) throw existsAlready()
    if (!(await stillWanted(condition, current))) throw preconditionFailed()
    failIfOther(request.body, current)
    refuseIfOwned(current)
    const writing: Writing = { collection, operation: PATCH, current }
    const own = resource.prepare?.(wanted, writing) ?? wanted
    refuseIfAny([
      ...manifestErrors(resource, own, destination, current),
      ...(await specErrors(resource, own.spec, true)),
    ])
    const asked = toApply(resource, own, destination, call.principal, current, false)
    const planned = unlessOvertaken(collection, current, await collection.dryRun().apply(name, asked, force))
    const whole = await checked(withoutServerOwned(planned as unknown as JsonObject), writing, name)
    const isUnchanged = isSame(whole, current)
    const latest = (await resource.guard?.(current, whole, writing)) ?? current
    // If not even the owners of fields change, the dry run was enough. Otherwise it has shown that this version has no conflict, so
    // force only takes over the annotation of the last author.
    const isDone = collection.isDryRun || (isUnchanged && canonical(planned) === canonical(current))
    const next = isUnchanged ? asked : toApply(resource, own, destination, call.principal, latest, true)
    const write = isDone ? Promise.resolve(planned) : collection.apply(name, next, true)
    const after = await stored(write, whole, writing)
    return { before: current, after, created: false, result: isUnchanged ? 'unchanged' : 'configured' }
  })
}

/** Creates the object by an apply, so that the field manager owns what it sets. */
async function create(collection: Collection<Resource>, wanted: JsonObject, name: string): Promise<KubeObject> {
  return createObject(collection, wanted, name, (object) =>
    // A new object has no other managers. A conflict means that it has been created in the meantime.
    collection.apply(name, object, false).catch((error) => {
      throw isProblem(error, 'field_conflict') ? new ConflictError(`${collection.resource.kind} "${name}"`) : error
    }),
  )
}

/** The stored object. An object that the caller may not change must not be treated as missing, or it would be created. */
async function find(collection: Collection<Resource>, name: string): Promise<KubeObject | undefined> {
  const object = await collection.unfiltered.get(name)
  if (object !== undefined && !collection.covers(object, true)) throw objectNotFound(collection.resource, name)
  return object
}
