/**
 * Writing objects: the checks and the one loop that every change goes through.
 * @module
 */
import { type FieldError, Problem } from '../../http/problem.ts'
import type { WriteOptions } from '../../http/write-options.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'
import type { Resource, Writing } from '../declaration.ts'
import { type Condition, preconditionFailed, stillWanted } from '../etag.ts'
import { changePatch, type PatchOperation, patchText } from '../patch/change-patch.ts'
import { isSame } from '../patch/same.ts'
import { covers, kubeOf, type Place } from '../place.ts'
import { readObject } from '../read/read-object.ts'
import { referenceErrors } from '../references/references.ts'
import { fieldManager } from './field-manager.ts'
import { inlineSecretErrors } from './inline-secrets.ts'
import { type Destination, manifestErrors, toStore, withoutServerOwned } from './manifest.ts'
import { refuseIfOwned } from './owner.ts'
import { untilWon } from './races.ts'
import { refuseIfAny, specErrors } from './validate.ts'

/** The object that a body must be. */
export function manifestOf(body: unknown): JsonObject {
  if (isObject(body)) return withoutServerOwned(body)
  throw new Problem('validation_failed', 'The body is not an object.', {
    errors: [{ pointer: '', detail: 'must be an object with metadata and spec' }],
  })
}

/** Where an object goes. */
export function destinationOf(place: Place, name?: string): Destination {
  return { namespace: place.namespace, organization: place.organization?.name, name }
}

/**
 * What is to be stored, checked: all faults that can be seen from here at once.
 * @param wanted - What the client wants, without what the server owns
 * @throws {Problem} `validation_failed` with every fault
 */
export async function checked(wanted: JsonObject, writing: Writing, name?: string): Promise<JsonObject> {
  const { resource, place, current } = writing
  const prepared = resource.prepare?.(wanted, writing) ?? wanted
  const errors: FieldError[] = [
    ...manifestErrors(resource, prepared, destinationOf(place, name), current),
    ...(await specErrors(resource, prepared.spec)),
    ...inlineSecretErrors(prepared, current),
  ]
  // Rules that ask the cluster are of use only for what is well-formed.
  refuseIfAny(errors)
  refuseIfAny([...((await resource.check?.(prepared, writing)) ?? []), ...(await referenceErrors(prepared, writing))])
  return prepared
}

/** A change of an object that exists. */
export interface Change {
  readonly call: Call
  readonly resource: Resource
  readonly place: Place
  /** Of `If-Match`: the change is made only to what the client has seen. */
  readonly condition: Condition | undefined
  readonly options: WriteOptions
  /** Name of the action that it is part of. */
  readonly action?: string
  /** The object as the change makes it; asked again when the object has changed meanwhile. */
  make(current: KubeObject, writing: Writing): JsonObject | Promise<JsonObject>
  /** Annotations of the server's own that it sets, or with `undefined` removes. */
  stamp?(current: KubeObject, writing: Writing): Readonly<Record<string, string | undefined>>
}

/** An object before and after a change. */
export interface Changed {
  readonly before: KubeObject
  readonly after: KubeObject
}

/**
 * Makes a change: read, check, patch what was read. Status writes of an operator are never in its way, unless a guard has
 * looked at exactly the version that was read. If somebody else was faster, the change is made again to the new state, so
 * nothing of anybody's is lost; with a condition only while the client would still want it. A change that changes nothing is
 * not sent.
 * @throws {Problem} `not_found`, `precondition_failed`, `validation_failed`, `conflict` …
 */
export async function change(request: Change): Promise<Changed> {
  const { call, resource, place, condition, options, action } = request
  return untilWon(async () => {
    const current = await readObject(call, resource, place, true)
    if (!(await stillWanted(condition, current))) throw preconditionFailed()
    refuseIfOwned(current)
    const name = current.metadata.name ?? ''
    const writing: Writing = { call, resource, place, current, action, dryRun: options.dryRun }
    const wanted = await checked(withoutServerOwned(await request.make(current, writing)), writing, name)
    if (!covers(place, resource, { ...current, ...wanted } as KubeObject, true)) throw notGranted(resource)
    const stamps = request.stamp?.(current, writing)
    const stored = toStore(resource, wanted, destinationOf(place, name), call.principal, current, stamps)
    if (isSame(stored, current)) return { before: current, after: current }
    const guarded = await resource.guard?.(current, wanted, writing)
    const operations = changePatch(guarded ?? current, stored, guarded !== undefined)
    return { before: current, after: await send(writing, 'patch', operations, { name }) }
  })
}

/**
 * Creates an object.
 * @param body - As the client sent it
 * @param name - That the path asks for; the body's own if absent
 * @throws {Problem} `validation_failed`, `already_exists` …
 */
export async function createObject(
  call: Call,
  resource: Resource,
  place: Place,
  body: unknown,
  options: WriteOptions,
  name?: string,
): Promise<KubeObject> {
  const writing: Writing = { call, resource, place, dryRun: options.dryRun }
  const wanted = await checked(manifestOf(body), writing, name)
  const stored = toStore(resource, wanted, destinationOf(place, name), call.principal)
  if (!covers(place, resource, stored as unknown as KubeObject, true)) throw notGranted(resource)
  return send(writing, 'create', stored)
}

/** Media types of what is sent. An apply takes YAML, which all JSON is. */
const CONTENT_TYPES = {
  create: 'application/json',
  patch: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/**
 * Sends a write.
 * @param body - What is to be stored, what is to be changed, or for an apply what the client wants to own
 * @param to - Name of the object unless it is created; for an apply, whether other field managers lose what they have set
 * @throws {Problem} as the cluster answers
 */
export async function send(
  { call, resource, place, dryRun }: Writing,
  how: keyof typeof CONTENT_TYPES,
  body: JsonObject | readonly PatchOperation[],
  { name, force = false }: { readonly name?: string; readonly force?: boolean } = {},
): Promise<KubeObject> {
  const { group, version, plural } = resource
  return kubeOf(call, place).json({
    verb: how === 'create' ? 'create' : 'patch',
    group,
    version,
    plural,
    namespace: place.namespace,
    name,
    query: {
      fieldValidation: 'Strict',
      fieldManager: fieldManager(call),
      dryRun: dryRun ? 'All' : undefined,
      force: how === 'apply' ? String(force) : undefined,
    },
    contentType: CONTENT_TYPES[how],
    body: Array.isArray(body) ? patchText(body) : JSON.stringify(body),
  })
}

/** The problem of a write beyond the participants that the caller's grant is for. */
export function notGranted(resource: Resource): Problem {
  return new Problem(
    'forbidden',
    `The caller's grant is limited to some participants and does not cover this in ${resource.plural}.`,
  )
}
