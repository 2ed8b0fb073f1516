/**
 * What is special about members: only owners manage owners, and an organisation always has one.
 *
 * Two owners who remove each other at the same moment must not both succeed, and no transaction spans two objects. So
 * whoever stops an owner from being one first marks that member as leaving, then looks who else is an owner, not counting
 * marked ones, and only then changes or deletes exactly the version that was marked. Of all who look, the one that looks last
 * sees the marks of all others that go on: whoever it counts stays. If two collide both may be refused; that is the safe
 * side. A mark that somebody leaves behind makes others count one owner less, until the next write of that member lifts it.
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import { LostRace } from '../../kube/index.ts'
import type { ResourceOptions, Writing } from '../declaration.ts'
import { LEAVING } from '../stamps.ts'
import { fieldManager } from '../write/field-manager.ts'

/** How often the mark of a change that was refused is lifted, if others write meanwhile. */
const ATTEMPTS = 4
/** Phases in which a member cannot act. An invitation is no owner yet. */
const INACTIVE: readonly unknown[] = ['Invited', 'Expired', 'Suspended']

function isOwner(spec: unknown): boolean {
  return valueAt(spec, ['role']) === 'owner'
}

/** Whether it is an owner of the whole organisation for good. */
function isFullOwner(spec: unknown): boolean {
  return isOwner(spec) && !valueAt(spec, ['expiresAt']) && !valueAt(spec, ['participants'])
}

/** Whether an organisation can rely on a member as its owner. */
function countsAsOwner({ metadata, spec, status }: KubeObject): boolean {
  const isLeaving = metadata.deletionTimestamp !== undefined || metadata.annotations?.[LEAVING] !== undefined
  return isFullOwner(spec) && !isLeaving && !INACTIVE.includes(status?.phase)
}

/** Only owners make, change or remove owners. */
function check(wanted: JsonObject, { current, place }: Writing): [] {
  if (isOwner(wanted.spec) || isOwner(current?.spec)) place.access.require('grant-owner', 'organizationmembers')
  return []
}

async function guard(
  current: KubeObject,
  wanted: JsonObject | undefined,
  writing: Writing,
): Promise<KubeObject | undefined> {
  if (wanted === undefined && isOwner(current.spec)) {
    writing.place.access.require('grant-owner', 'organizationmembers')
  }
  if (!isOwner(current.spec) || (wanted !== undefined && isFullOwner(wanted.spec))) return undefined
  // Who is limited or temporary already is not what the organisation relies on.
  if (wanted !== undefined && isOwner(wanted.spec) && !isFullOwner(current.spec)) return undefined
  const marked = writing.dryRun ? current : await mark(current, writing)
  if (await hasOtherOwner(current, writing)) return marked
  if (!writing.dryRun) await unmark(marked, writing)
  throw new Problem(
    'last_owner',
    'No other member is an owner of the whole organisation for good, or the others are just being removed. Make another member an owner first.',
  )
}

async function hasOtherOwner(member: KubeObject, { call, place, resource }: Writing): Promise<boolean> {
  const { group, version, plural } = resource
  // Without a resource version the API server reads from its quorum: nothing that was written before is missed.
  for await (const other of call.kube.each<KubeObject>({ group, version, plural, namespace: place.namespace })) {
    if (other.metadata.uid !== member.metadata.uid && countsAsOwner(other)) return true
  }
  return false
}

async function mark(member: KubeObject, writing: Writing): Promise<KubeObject> {
  if (member.metadata.annotations?.[LEAVING] !== undefined) return member
  return annotate(member, 'true', writing)
}

async function unmark(member: KubeObject, writing: Writing): Promise<void> {
  const { call, place, resource } = writing
  let current: KubeObject | undefined = member
  for (let attempt = 1; current?.metadata.annotations?.[LEAVING] !== undefined; attempt += 1) {
    try {
      await annotate(current, null, writing)
      return
    } catch (error) {
      const isGone = error instanceof Problem && error.code === 'not_found'
      if (!isGone && !(error instanceof LostRace)) throw error
      if (attempt === ATTEMPTS) return
    }
    const { group, version, plural } = resource
    const name = member.metadata.name ?? ''
    current = await call.kube.get<KubeObject>({ group, version, plural, namespace: place.namespace, name })
  }
}

/** Marks exactly this version of a member, or with `null` lifts its mark. */
async function annotate(member: KubeObject, leaving: 'true' | null, writing: Writing): Promise<KubeObject> {
  const { call, place, resource } = writing
  const { group, version, plural } = resource
  return call.kube.json({
    verb: 'patch',
    group,
    version,
    plural,
    namespace: place.namespace,
    name: member.metadata.name,
    query: { fieldManager: fieldManager(call) },
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({
      metadata: { resourceVersion: member.metadata.resourceVersion, annotations: { [LEAVING]: leaving } },
    }),
  })
}

/** What makes the members of an organisation what they are. */
export const MEMBERS = { check, guard } as const satisfies ResourceOptions
