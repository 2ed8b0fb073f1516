/**
 * Writing objects: the checks and the retry that every change goes through.
 */
import type { Condition } from '../../http/condition.ts'
import { type FieldError, Problem } from '../../http/problem.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { type Operation, verb } from '../../kind/operation.ts'
import { authorize } from '../authorize.ts'
import type { Collection } from '../collection.ts'
import type { Resource, Writing } from '../declaration.ts'
import { preconditionFailed, stillWanted } from '../etag.ts'
import { changePatch, patchText } from '../patch/change-patch.ts'
import { isSame } from '../patch/same.ts'
import { readObject } from '../read/read-object.ts'
import { referenceErrors, warnOfMissing } from '../references/references.ts'
import { inlineSecretErrors } from './inline-secrets.ts'
import { type Destination, manifestErrors, toStore, withoutServerOwned } from './manifest.ts'
import { refuseIfOwned } from './owner.ts'
import { retryOnConflict, unlessOvertaken } from './retry.ts'
import { refuseIfAny, specErrors } from './validate.ts'

/**
 * The body as an object, without the fields that the server owns.
 * @param name - Name in the path, which the body need not repeat
 */
export function manifestOf(body: unknown, name?: string): JsonObject {
  if (!isObject(body)) {
    throw new Problem('validation_failed', 'The body must be an object.', {
      errors: [{ pointer: '', detail: 'must be an object with metadata and spec' }],
    })
  }
  const wanted = withoutServerOwned(body)
  const { metadata = {} } = wanted
  if (name === undefined || !isObject(metadata)) return wanted
  return { ...wanted, metadata: { ...metadata, name: metadata.name ?? name } }
}

/** Where an object goes. */
export function destinationOf({ namespace, organization }: Collection<Resource>, name?: string): Destination {
  return { namespace, organization, name }
}

/**
 * The new object after all checks.
 * @param wanted - The new object without the fields that the server owns
 * @throws {Problem} `validation_failed` with all errors, `forbidden` as {@link authorize}
 */
export async function checked(wanted: JsonObject, writing: Writing, name?: string): Promise<JsonObject> {
  const { collection, current } = writing
  const { resource } = collection
  const prepared = resource.prepare?.(wanted, writing) ?? wanted
  const errors: FieldError[] = [
    ...manifestErrors(resource, prepared, destinationOf(collection, name), current),
    ...(await specErrors(resource, prepared.spec)),
    ...inlineSecretErrors(prepared, current),
  ]
  // What follows may ask the cluster, so it needs a well-formed object.
  refuseIfAny(errors)
  await authorize(prepared, writing, name)
  const found = await Promise.all([resource.check?.(prepared, writing) ?? [], referenceErrors(prepared, writing)])
  refuseIfAny(found.flat())
  return prepared
}

/**
 * The stored object after a write, during which references within the organization are looked up.
 * @param write - The answer to it, or the object if nothing is sent
 * @param wanted - The new object as {@link checked} returned it
 */
export async function stored(write: Promise<KubeObject>, wanted: JsonObject, writing: Writing): Promise<KubeObject> {
  const warned = warnOfMissing(wanted, writing)
  return write.finally(() => warned)
}

/** A change of an existing object. */
export interface Change {
  readonly collection: Collection<Resource>
  /** Of `If-Match`: the object must be unchanged since the client read it. */
  readonly condition: Condition | undefined
  readonly operation: Operation
  /** Returns the changed object. Called again after a conflict. */
  make(current: KubeObject, writing: Writing): JsonObject | Promise<JsonObject>
  /** Server annotations to set, or to remove if `undefined`. */
  annotate?(current: KubeObject, writing: Writing): Readonly<Record<string, string | undefined>>
}

/** An object before and after a change. */
export interface Changed {
  readonly before: KubeObject
  readonly after: KubeObject
}

/**
 * Reads, checks and patches an object. Status writes of operators do not conflict, unless a guard has pinned the version. After a
 * conflict the change is made again to the new object, so that no update is lost, as long as the condition still holds. A change
 * without effect is not sent.
 * @throws {Problem} `not_found`, `precondition_failed`, `validation_failed`, `conflict` …
 */
export async function change(request: Change): Promise<Changed> {
  const { collection, condition, operation } = request
  const { call, resource } = collection
  let { located } = collection
  return retryOnConflict(async () => {
    const current = located ?? (await readObject(collection, true))
    located = undefined
    if (!(await stillWanted(condition, current))) throw preconditionFailed()
    refuseIfOwned(current)
    const name = current.metadata.name ?? ''
    const writing: Writing = { collection, operation, current }
    const wanted = await checked(withoutServerOwned(await request.make(current, writing)), writing, name)
    const annotations = request.annotate?.(current, writing)
    const next = toStore(resource, wanted, destinationOf(collection, name), call.principal, current, annotations)
    if (isSame(next, current)) return { before: current, after: current }
    const guarded = await resource.guard?.(current, wanted, writing)
    const operations = changePatch(guarded ?? current, next, guarded !== undefined)
    const write = collection.patch(name, 'json', patchText(operations))
    const after = unlessOvertaken(collection, current, await stored(write, wanted, writing))
    return { before: current, after }
  })
}

/**
 * Creates an object.
 * @param body - As the client sent it
 * @param name - Name in the path; absent if the body has the name
 * @param send - Sends the object (default: POST)
 * @throws {Problem} `validation_failed`, `already_exists` …
 */
export async function createObject(
  collection: Collection<Resource>,
  body: unknown,
  name?: string,
  send = (object: JsonObject): Promise<KubeObject> => collection.create(object),
): Promise<KubeObject> {
  const { call, resource } = collection
  const writing: Writing = { collection, operation: verb('create') }
  const wanted = await checked(manifestOf(body), writing, name)
  return stored(send(toStore(resource, wanted, destinationOf(collection, name), call.principal)), wanted, writing)
}
