/**
 * The rules of members: only owners manage owners, nobody extends their own grant, and an organization always has an owner.
 *
 * Two owners who remove each other at the same time must not both succeed, and no transaction spans two objects. So a request
 * that ends an ownership first marks the member as leaving, then counts the other owners without those that are marked, and
 * then changes or deletes exactly the marked version. The request that counts last sees the marks of all others, so an owner
 * that it counts stays. Two requests at the same time may both be refused, which is safe. A mark that is left behind makes
 * other requests count one owner fewer until the next write of that member removes it.
 */
import { comparableEmail, outlasts } from '../../auth/index.ts'
import { isProblem, Problem } from '../../http/problem.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { action } from '../../kind/operation.ts'
import { valueAt } from '../../kind/paths.ts'
import { ConflictError } from '../../kube/index.ts'
import type { Collection } from '../collection.ts'
import type { Declaration, Resource, Writing } from '../declaration.ts'
import { LEAVING } from '../server-metadata.ts'

/** Any write of a member who is an owner before or after it. It has no route. */
const GRANT_OWNER = action('grant-owner')
/** Maximum number of attempts to remove the mark of a refused change if others write at the same time. */
const ATTEMPTS = 4
/** Phases in which a member cannot act. An invitation is no owner yet. */
const INACTIVE: readonly unknown[] = ['Invited', 'Expired', 'Suspended']

function isOwner(spec: unknown): boolean {
  return valueAt(spec, ['role']) === 'owner'
}

/** Whether a member is an owner without participants and expiresAt. */
function isFullOwner(spec: unknown): boolean {
  return isOwner(spec) && !valueAt(spec, ['expiresAt']) && !valueAt(spec, ['participants'])
}

/** Whether a member counts as an owner who stays. */
function countsAsOwner({ metadata, spec, status }: KubeObject): boolean {
  const isLeaving = metadata.deletionTimestamp !== undefined || metadata.annotations?.[LEAVING] !== undefined
  return isFullOwner(spec) && !isLeaving && !INACTIVE.includes(status?.phase)
}

/** Spells the address of a new member as callers' addresses are compared, because the cluster finds only equal ones. */
function prepare(wanted: JsonObject, { current }: Writing): JsonObject {
  const { spec } = wanted
  const subject = isObject(spec) ? spec.subject : undefined
  if (!isObject(spec) || !isObject(subject) || typeof subject.email !== 'string') return wanted
  const stored = valueAt(current?.spec, ['subject', 'email'])
  const comparable = comparableEmail(subject.email)
  // The subject is immutable, even if it was stored with capitals.
  const email = typeof stored === 'string' && comparableEmail(stored) === comparable ? stored : comparable
  return { ...wanted, spec: { ...spec, subject: { ...subject, email } } }
}

/** Only owners make, change or remove owners, and nobody gives themselves more for longer than they may do this. */
function authorize(wanted: JsonObject | undefined, { current, collection, operation }: Writing): undefined {
  const { access, resource, call } = collection
  const needed = isOwner(wanted?.spec) || isOwner(current?.spec) ? GRANT_OWNER : operation
  if (needed === GRANT_OWNER) access.require(needed, resource.plural)
  const until = access.lastsUntil(needed, resource.plural)
  if (wanted === undefined || !outlasts(call.principal, wanted as unknown as KubeObject, current, until)) return
  throw new Problem('forbidden', 'You cannot give yourself a role for longer than you may change members.', {
    errors: [
      {
        pointer: '/spec/expiresAt',
        detail: 'must be set, and not be later than your right to change this member expires',
      },
    ],
  })
}

/** Refuses to remove or limit the last full owner. */
async function guard(
  current: KubeObject,
  wanted: JsonObject | undefined,
  { collection }: Writing,
): Promise<KubeObject | undefined> {
  if (!isOwner(current.spec) || (wanted !== undefined && isFullOwner(wanted.spec))) return undefined
  // A limited or temporary owner did not count before, so nothing is lost.
  if (wanted !== undefined && isOwner(wanted.spec) && !isFullOwner(current.spec)) return undefined
  const marked = collection.isDryRun ? current : await mark(current, collection)
  try {
    if (await hasOtherOwner(current, collection)) return marked
    throw new Problem(
      'last_owner',
      'At least one owner must have neither participants nor expiresAt. Make another member such an owner first.',
    )
  } catch (error) {
    // The mark is removed even if the others could not be counted, e.g. because the client has left.
    if (!collection.isDryRun) await unmark(marked, collection)
    throw error
  }
}

async function hasOtherOwner(member: KubeObject, collection: Collection<Resource>): Promise<boolean> {
  // Without a resource version the API server reads from a quorum of etcd, so no earlier write is missed.
  for await (const other of collection.unfiltered.each()) {
    if (other.metadata.uid !== member.metadata.uid && countsAsOwner(other)) return true
  }
  return false
}

async function mark(member: KubeObject, collection: Collection<Resource>): Promise<KubeObject> {
  if (member.metadata.annotations?.[LEAVING] !== undefined) return member
  return annotate(member, 'true', collection)
}

async function unmark(member: KubeObject, collection: Collection<Resource>): Promise<void> {
  let current: KubeObject | undefined = member
  for (let attempt = 1; current?.metadata.annotations?.[LEAVING] !== undefined; attempt += 1) {
    try {
      await annotate(current, null, collection)
      return
    } catch (error) {
      if (!isProblem(error, 'not_found') && !(error instanceof ConflictError)) throw error
      if (attempt === ATTEMPTS) return
    }
    current = await collection.unfiltered.get(member.metadata.name ?? '')
  }
}

/** Marks exactly this version of a member, or with `null` removes its mark. */
async function annotate(
  { metadata: { name = '', resourceVersion } }: KubeObject,
  leaving: 'true' | null,
  collection: Collection<Resource>,
): Promise<KubeObject> {
  const patch = { metadata: { resourceVersion, annotations: { [LEAVING]: leaving } } }
  return collection.patch(name, 'merge', JSON.stringify(patch))
}

/** The rules of members, for their declaration. */
export const MEMBERS = { prepare, authorize, guard } as const satisfies Declaration
