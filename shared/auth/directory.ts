/**
 * Organisations, their namespaces and members, as the cluster has them: remembered for a few seconds, so that taking a role
 * away takes effect within 15 s. Always read with the function's own ServiceAccount.
 * @module
 */

import { Problem } from '../http/problem.ts'
import type { KubeObject } from '../kind/object.ts'
import { isLabel, type KubeReader } from '../kube/index.ts'
import { ExpiringMap } from '../runtime/cache.ts'
import { type Environment, platformNamespace } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import type { OrganizationSpec, OrganizationStatus } from '../schemas/organizations.ts'
import { indexMembers, type Member, type MemberIndex } from './members.ts'

/** How long something is believed without looking again, in milliseconds. */
const BELIEVE_MS = 10_000
/** An answer is not refused on the grounds of anything older than this, in milliseconds. */
export const FRESH_MS = 1_000
/** Organisations remembered in an isolate, each with its members. */
const MEMORY_LIMIT = 1_000
/** Objects read for the list of all organisations, at most. */
const LIST_LIMIT = 50_000

/** Label by which a namespace says whose it is. */
export const ORGANIZATION_LABEL = 'cloud.kaphera.com/organization'

const ORGANIZATIONS = { group: 'cloud.kaphera.com', version: 'v1alpha1', plural: 'organizations' }
const MEMBERS = { group: 'cloud.kaphera.com', version: 'v1alpha1', plural: 'organizationmembers' }
const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces' }

/** An Organization object. */
export type Organization = KubeObject & { spec?: OrganizationSpec; status?: OrganizationStatus }

/** An organisation with what decides about access to it. */
export interface Entry {
  readonly name: string
  readonly object: Organization
  /** Its namespace, if it is really the organisation's. */
  readonly namespace: string | undefined
  readonly members: MemberIndex
  /** When it was read, in milliseconds since the epoch. */
  readonly readAt: number
}

/** Reads organisations. */
export interface Directory {
  /**
   * One organisation. Looking for it costs the same whether it exists or not, so that time does not tell.
   * @param maxAgeMs - How old an answer from memory may be
   * @returns `undefined` if it does not exist
   */
  find(name: string, maxAgeMs?: number): Promise<Entry | undefined>
  /** All organisations, sorted by name. */
  all(): Promise<readonly Entry[]>
  /** Forgets everything, so that who has changed something sees it. Other isolates learn of it in a few seconds. */
  forget(): void
}

interface Memory {
  readonly organizations: ExpiringMap<Entry>
  /** Names of organisations that do not exist; apart, so that guessing names does not push out what is there. */
  readonly absent: ExpiringMap<true>
  all: { readonly entries: readonly Entry[]; readonly readAt: number } | undefined
}

const memoryOf = perEnvironment(
  (): Memory => ({
    organizations: new ExpiringMap(MEMORY_LIMIT),
    absent: new ExpiringMap(MEMORY_LIMIT),
    all: undefined,
  }),
)

/**
 * The directory behind an environment.
 * @param reader - Reads as the function itself
 */
export function directoryOf(env: Environment, reader: KubeReader): Directory {
  const kube = asServer(reader)
  const platform = platformNamespace(env)
  const memory = memoryOf(env)
  return {
    async find(name, maxAgeMs = BELIEVE_MS) {
      // A label names the organisation, so a longer name could not have a namespace.
      if (!isLabel(name)) return undefined
      const known = memory.organizations.get(name)
      if (known !== undefined && Date.now() - known.readAt < maxAgeMs) return known
      if (memory.absent.get(name) !== undefined) return undefined
      const readAt = Date.now()
      const object = await kube.get<Organization>({ ...ORGANIZATIONS, namespace: platform, name })
      const wanted = namespaceName(name, object, platform)
      const [namespace, members] =
        wanted === undefined
          ? [undefined, []]
          : await Promise.all([
              kube.get<KubeObject>({ ...NAMESPACES, name: wanted }),
              kube.list<Member>({ ...MEMBERS, namespace: wanted }),
            ])
      if (object === undefined) {
        memory.absent.set(name, true, readAt + FRESH_MS)
        return undefined
      }
      const entry = entryOf(name, object, namespace, members, readAt)
      memory.organizations.set(name, entry, readAt + BELIEVE_MS)
      return entry
    },

    async all() {
      if (memory.all !== undefined && Date.now() - memory.all.readAt < BELIEVE_MS) return memory.all.entries
      const readAt = Date.now()
      const [objects, namespaces, members] = await Promise.all([
        kube.list<Organization>({ ...ORGANIZATIONS, namespace: platform, limit: LIST_LIMIT }),
        kube.list<KubeObject>({ ...NAMESPACES, labelSelector: ORGANIZATION_LABEL, limit: LIST_LIMIT }),
        kube.list<Member>({ ...MEMBERS, limit: LIST_LIMIT }),
      ])
      const byName = new Map(namespaces.map((namespace) => [namespace.metadata.name, namespace]))
      const byNamespace = Map.groupBy(members, (member) => member.metadata.namespace)
      const entries = objects
        .flatMap((object) => {
          const { name } = object.metadata
          if (name === undefined || !isLabel(name)) return []
          const wanted = namespaceName(name, object, platform)
          return [entryOf(name, object, byName.get(wanted), byNamespace.get(wanted) ?? [], readAt)]
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      memory.all = { entries, readAt }
      return entries
    },

    forget() {
      memory.organizations.clear()
      memory.absent.clear()
      memory.all = undefined
    },
  }
}

/** A reader whose refusals are this server's fault: they say nothing about what the caller may do. */
function asServer(reader: KubeReader): KubeReader {
  const explain = (error: unknown): never => {
    if (!(error instanceof Problem) || error.code !== 'forbidden') throw error
    throw new Problem('cluster_unavailable', 'This server may not read what decides about access.', {
      headers: { 'Retry-After': '60' },
      cause: error,
    })
  }
  return {
    get: (ref) => reader.get<never>(ref).catch(explain),
    list: (ref) => reader.list<never>(ref).catch(explain),
    async *each(ref) {
      try {
        yield* reader.each<never>(ref)
      } catch (error) {
        explain(error)
      }
    },
  }
}

function entryOf(
  name: string,
  object: Organization,
  namespace: KubeObject | undefined,
  members: readonly Member[],
  readAt: number,
): Entry {
  // The namespace itself must say whose it is: an Organization object alone opens nothing.
  const isOwn = namespace !== undefined && namespace.metadata.labels?.[ORGANIZATION_LABEL] === name
  return {
    name,
    object,
    namespace: isOwn ? namespace.metadata.name : undefined,
    members: indexMembers(isOwn ? members : []),
    readAt,
  }
}

/** The namespace that an organisation claims; `undefined` if no organisation can have it. */
function namespaceName(name: string, object: Organization | undefined, platform: string): string | undefined {
  const namespace = object?.spec?.namespace ?? object?.status?.namespace ?? `org-${name}`
  const isReserved = namespace.startsWith('kube-') || namespace === 'default' || namespace === platform
  return isLabel(namespace) && !isReserved ? namespace : undefined
}
