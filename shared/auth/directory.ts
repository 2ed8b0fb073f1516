/**
 * Organizations, their namespaces and members, as the cluster has them: remembered for a few seconds, so that taking a role
 * away takes effect within 15 s. Always read with the function's own ServiceAccount. Only the fields that decide about access
 * are kept: objects are as large as their writers make them.
 * @module
 */
import { Problem } from '../http/problem.ts'
import type { KubeObject } from '../kind/object.ts'
import { isLabel, type KubeReader } from '../kube/index.ts'
import { ExpiringMap } from '../runtime/cache.ts'
import { type Environment, type ExecutionContext, platformNamespace } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { Refreshed, type RefreshTimes } from '../runtime/refreshed.ts'
import type { OrganizationSpec, OrganizationStatus } from '../schemas/organizations.ts'
import { type Member, MemberIndex } from './members.ts'

/**
 * What is remembered is read anew in the background from 5 s on and used for 10 s. An answer that goes on (a stream, a wait)
 * looks every 4.5 s, so that nobody sees more than 14.5 s after a role was taken away.
 */
const TIMES: RefreshTimes = { soft: 5_000, hard: 10_000, lease: 12_000, pause: 1_000, waiters: 64 }
/** A refusal is not based on anything older than this, in milliseconds. */
export const FRESH_MS = 1_000
/** Organizations remembered in an isolate, each with its members. */
const MEMORY_LIMIT = 1_000

/** Label by which a namespace says whose it is. */
export const ORGANIZATION_LABEL = 'cloud.kaphera.com/organization'

const ORGANIZATIONS = { group: 'cloud.kaphera.com', version: 'v1alpha1', plural: 'organizations' }
const MEMBERS = { group: 'cloud.kaphera.com', version: 'v1alpha1', plural: 'organizationmembers' }
const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces' }

/** An Organization object, as it is read. */
type OrganizationObject = KubeObject & { spec?: OrganizationSpec; status?: OrganizationStatus }

/** What is kept of an Organization object. */
export interface Organization {
  readonly name: string
  readonly displayName: string
  /** Name of the organization above. */
  readonly parent: string | undefined
  readonly suspended: boolean
  /** Its alias in Keycloak, or else its name. */
  readonly alias: string
  /** Its identifier in Keycloak. */
  readonly id: string | undefined
}

/** An organization with what decides about access to it. */
export interface Entry extends Organization {
  /** Its namespace, if it is really the organization's. */
  readonly namespace: string | undefined
  readonly members: MemberIndex
}

/** Reads organizations. */
export interface Directory {
  /**
   * One organization. Looking for it costs the same whether it exists or not, so that time does not tell.
   * @param maxAgeMs - How old an answer from memory may be
   * @returns `undefined` if it does not exist
   * @throws {Problem} `cluster_unavailable`, `deadline_exceeded` …
   */
  find(name: string, maxAgeMs?: number): Promise<Entry | undefined>
  /** All organizations, sorted by name. @throws {Problem} as `find` */
  all(): Promise<readonly Entry[]>
  /** Forgets everything, so that who has changed something sees it. Other isolates learn of it in a few seconds. */
  forget(): void
}

interface Memory {
  /** By name; those that do not exist are remembered apart, so that guessing names does not push out what is there. */
  readonly present: ExpiringMap<Refreshed<Entry | undefined>>
  readonly guessed: ExpiringMap<Refreshed<Entry | undefined>>
  readonly all: Refreshed<readonly Entry[]>
}

const memoryOf = perEnvironment(
  (): Memory => ({
    present: new ExpiringMap(MEMORY_LIMIT),
    guessed: new ExpiringMap(MEMORY_LIMIT),
    all: new Refreshed(TIMES),
  }),
)

/**
 * The directory behind an environment.
 * @param reader - Reads as the function itself
 * @param ctx - Of the request: keeps refreshing after its answer
 */
export function directoryOf(env: Environment, reader: KubeReader, ctx: ExecutionContext): Directory {
  const kube = asServer(reader)
  const platform = platformNamespace(env)
  const memory = memoryOf(env)
  return {
    async find(name, maxAgeMs) {
      // A label names the organization, so a longer name could not have a namespace.
      if (!isLabel(name)) return undefined
      const remembered = memory.present.get(name) ?? memory.guessed.get(name)
      const state = remembered ?? new Refreshed<Entry | undefined>(TIMES)
      if (remembered === undefined) memory.guessed.set(name, state, Date.now() + TIMES.lease + TIMES.hard)
      const maxAge = maxAgeMs ?? (state.known()?.value === undefined ? FRESH_MS : undefined)
      const entry = await state.get(() => readOne(kube, platform, name), ctx, { maxAge, full: busy })
      if (entry !== undefined) memory.present.set(name, state, Date.now() + TIMES.lease + TIMES.hard)
      return entry
    },
    all: () => memory.all.get(() => readAll(kube, platform), ctx, { full: busy }),
    forget() {
      memory.present.clear()
      memory.guessed.clear()
      memory.all.forget()
    },
  }
}

async function readOne(kube: KubeReader, platform: string, name: string): Promise<Entry | undefined> {
  const object = await kube.get<OrganizationObject>({ ...ORGANIZATIONS, namespace: platform, name })
  const wanted = namespaceName(name, object, platform)
  const [namespace, members] =
    wanted === undefined
      ? [undefined, new MemberIndex()]
      : await Promise.all([
          kube.get<KubeObject>({ ...NAMESPACES, name: wanted }),
          membersOf(kube.each<Member>({ ...MEMBERS, namespace: wanted })),
        ])
  return object === undefined ? undefined : entryOf(organizationOf(name, object), namespace, members)
}

async function membersOf(members: AsyncIterable<Member>): Promise<MemberIndex> {
  const index = new MemberIndex()
  for await (const member of members) index.add(member)
  return index
}

async function readAll(kube: KubeReader, platform: string): Promise<readonly Entry[]> {
  const [organizations, namespaces, members] = await Promise.all([
    organizationsIn(kube, platform),
    namespacesIn(kube),
    membersByNamespace(kube),
  ])
  return organizations
    .map(({ organization, wanted }) => {
      const namespace = wanted === undefined ? undefined : namespaces.get(wanted)
      return entryOf(organization, namespace, members.get(wanted ?? '') ?? new MemberIndex())
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function organizationsIn(kube: KubeReader, platform: string) {
  const found: { readonly organization: Organization; readonly wanted: string | undefined }[] = []
  for await (const object of kube.each<OrganizationObject>({ ...ORGANIZATIONS, namespace: platform })) {
    const { name } = object.metadata
    if (name === undefined || !isLabel(name)) continue
    found.push({ organization: organizationOf(name, object), wanted: namespaceName(name, object, platform) })
  }
  return found
}

async function namespacesIn(kube: KubeReader): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>()
  for await (const { metadata } of kube.each<KubeObject>({ ...NAMESPACES, labelSelector: ORGANIZATION_LABEL })) {
    const { name = '', labels } = metadata
    const label = { [ORGANIZATION_LABEL]: labels?.[ORGANIZATION_LABEL] ?? '' }
    found.set(name, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: label } })
  }
  return found
}

async function membersByNamespace(kube: KubeReader): Promise<Map<string, MemberIndex>> {
  const found = new Map<string, MemberIndex>()
  for await (const member of kube.each<Member>(MEMBERS)) {
    const { namespace = '' } = member.metadata
    const index = found.get(namespace) ?? new MemberIndex()
    found.set(namespace, index)
    index.add(member)
  }
  return found
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
    async *each(collection) {
      try {
        yield* reader.each<never>(collection)
      } catch (error) {
        explain(error)
      }
    },
  }
}

function busy(): Problem {
  return new Problem('overloaded', 'Too many requests wait for the cluster. Try again in a moment.', {
    headers: { 'Retry-After': '2' },
  })
}

function organizationOf(name: string, { spec }: OrganizationObject): Organization {
  return {
    name,
    displayName: spec?.displayName ?? name,
    parent: spec?.parentRef?.name,
    suspended: spec?.suspended === true,
    alias: spec?.identityProvider?.keycloakOrganizationAlias ?? name,
    id: spec?.identityProvider?.keycloakOrganizationId,
  }
}

function entryOf(organization: Organization, namespace: KubeObject | undefined, members: MemberIndex): Entry {
  // The namespace itself must say whose it is: an Organization object alone opens nothing.
  const isOwn = namespace !== undefined && namespace.metadata.labels?.[ORGANIZATION_LABEL] === organization.name
  return {
    ...organization,
    namespace: isOwn ? namespace.metadata.name : undefined,
    members: isOwn ? members : new MemberIndex(),
  }
}

/** The namespace that an organization claims; `undefined` if no organization can have it. */
function namespaceName(name: string, object: OrganizationObject | undefined, platform: string): string | undefined {
  const namespace = object?.spec?.namespace ?? object?.status?.namespace ?? `org-${name}`
  const isReserved = namespace.startsWith('kube-') || namespace === 'default' || namespace === platform
  return isLabel(namespace) && !isReserved ? namespace : undefined
}
