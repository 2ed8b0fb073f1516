/**
 * The judge for the REST API, with a caller who has all rights.
 */
import { isObject } from '../../shared/kind/object.ts'
import { referencesIn } from '../../shared/resource/references/fields.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import type { Judge } from './judge.ts'
import type { KindCases, Manifest } from './load.ts'

/** Sends one request with a JSON body to the REST API. */
export type SendRest = (
  method: string,
  path: string,
  sent?: { readonly body?: unknown; readonly type?: string },
) => Promise<{ readonly status: number; readonly body: unknown }>

/** The fields of a problem (RFC 9457) that are used. */
interface Problem {
  readonly code?: string
  readonly errors?: readonly { readonly pointer: string }[]
}

/** The default namespace of the platform. */
const PLATFORM_NAMESPACE = 'kaphera-system'

/**
 * Returns a judge for the REST API. Only cases with an existing object store anything. Targets of references in other namespaces
 * are created, because the API refuses references to absent objects.
 * @param send - Sends requests as a platform administrator
 * @param organization - Owns the objects; its namespace is `org-<organization>`
 * @param kinds - All kinds, for targets of references
 */
export function restJudge(send: SendRest, organization: string, kinds: readonly KindCases[]): Judge {
  const collectionOf = ({ scope, plural }: KindCases, of = organization): string =>
    scope === 'platform' ? `/v1/${plural}` : `/v1/organizations/${of}/${plural}`

  const created = new Map<string, Promise<void>>()
  const provide = async (kind: KindCases, { spec }: Manifest): Promise<void> => {
    const home = kind.scope === 'platform' ? PLATFORM_NAMESPACE : `org-${organization}`
    const references = referencesIn({ PLATFORM_NAMESPACE }, KINDS[kind.plural]?.references ?? {}, spec, home)
    const elsewhere = references.filter(({ namespace, plural }) => namespace !== home && plural !== 'organizations')
    for (const { plural, namespace, name } of elsewhere) {
      const target = kinds.find((one) => one.plural === plural)
      if (target === undefined) throw new Error(`${kind.kind} refers to ${plural}, of which there are no cases`)
      const owner = namespace.replace(/^org-/, '')
      const collection = collectionOf(target, owner)
      const key = `${collection}/${name}`
      if (!created.has(key)) created.set(key, create(send, collection, ownedBy(owner, target, name)))
      await created.get(key)
    }
  }

  return async (kind, { object, from, pointers }) => {
    const collection = collectionOf(kind)
    // A rejected object may refer to one that cannot be created.
    if (pointers.length === 0) await provide(kind, object)
    if (from === undefined) return verdict(await send('POST', `${collection}?dryRun=All`, { body: object }))
    await provide(kind, from)
    await create(send, collection, from)
    const path = `${collection}/${from.metadata.name}`
    try {
      const body = mergePatch(from, object)
      return verdict(await send('PATCH', `${path}?dryRun=All`, { body, type: 'application/merge-patch+json' }))
    } finally {
      await remove(send, path)
    }
  }
}

/** The small object of a kind. A dataspace is in the organization of its authority. */
function ownedBy(organization: string, { base, plural }: KindCases, name: string): Manifest {
  if (plural !== 'dataspaceprofiles') return { ...base, metadata: { name } }
  const { spec } = base as Manifest & { readonly spec: object }
  return { ...base, metadata: { name }, spec: { ...spec, authorityRef: { name: organization } } } as Manifest
}

async function create(send: SendRest, collection: string, body: Manifest): Promise<void> {
  const answer = await send('POST', collection, { body })
  const isThere = (answer.body as Problem).code === 'already_exists'
  if (answer.status !== 201 && !isThere) {
    throw new Error(`the existing object of the case is refused: ${JSON.stringify(answer.body)}`)
  }
}

async function remove(send: SendRest, path: string): Promise<void> {
  const { body } = await send('DELETE', path)
  if (!isObject(body) || body.code !== 'deletion_protected') return
  await send('PATCH', path, { body: { spec: { deletionProtection: false } }, type: 'application/merge-patch+json' })
  await send('DELETE', path)
}

function verdict({ status, body }: Awaited<ReturnType<SendRest>>): Awaited<ReturnType<Judge>> {
  const { errors = [] } = body as Problem
  return { status, pointers: errors.map(({ pointer }) => pointer), body }
}

/** Returns the merge patch (RFC 7396) from one object to another. */
function mergePatch(from: unknown, to: unknown): unknown {
  if (!isObject(from) || !isObject(to)) return to
  const removed = Object.keys(from).filter((key) => !Object.hasOwn(to, key))
  const changed = Object.entries(to).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(from[key]))
  return Object.fromEntries([
    ...removed.map((key) => [key, null]),
    ...changed.map(([key, value]) => [key, mergePatch(from[key], value)]),
  ])
}
