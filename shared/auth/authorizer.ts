/**
 * What a principal may do.
 */

import { Problem } from '../http/problem.ts'
import type { KubeObject } from '../kind/object.ts'
import type { KubeReader, Written } from '../kube/index.ts'
import { type Environment, type ExecutionContext, platformNamespace } from '../runtime/environment.ts'
import {
  type Access,
  type EffectiveGrant,
  GrantedAccess,
  NO_NAMESPACE,
  overflowHint,
  participantsOf,
} from './access.ts'
import { type Directory, directoryOf, FRESH_MS } from './directory.ts'
import { grantsOf } from './members.ts'
import { type Entry, type Labels, sortedByName } from './organization.ts'
import type { Overview } from './overview.ts'
import { includes, strongest } from './roles.ts'
import { MEMBERS, ORGANIZATIONS } from './tenancy.ts'
import type { Principal } from './token/principal.ts'

/** What a caller may do in one organization. */
export interface OrganizationAccess extends Access {
  readonly name: string
  /**
   * The organization's namespace, which carries its label.
   * @throws {Problem} `conflict` while there is none; `require` throws the same before
   */
  readonly namespace: string
  /** Whether a namespace is the organization's; always false while it has none. */
  owns(namespace: string | undefined): boolean
  /** Labels of the namespace, by which other organizations offer objects. */
  readonly labels: Labels
  /** Name for people. */
  readonly displayName: string
  /** Whether the organization can only be read. */
  readonly suspended: boolean
  /**
   * The participants that the strongest role is limited to; `undefined` if it is not limited.
   * {@link Access.participantsFor} tells the same of one operation.
   */
  readonly participants?: readonly string[] | undefined
}

/** Maximum number of ancestors whose roles an organization inherits. Admins decide how many it has, and each costs requests. */
const MAX_ANCESTORS = 16

/** The grants of a platform admin, to which no role in an organization adds anything: the same for thousands of organizations. */
const PLATFORM_ADMIN: readonly EffectiveGrant[] = [{ role: 'platform-admin' }]

/** Decides what the caller of a request may do. */
export interface Authorizer {
  /**
   * What the caller may do in an organization.
   * @throws {Problem} `not_found` if it does not exist or the caller has no role in it; both look the same
   */
  organization(name: string): Promise<OrganizationAccess>
  /** All organizations in which the caller has a role, sorted by name. */
  organizations(): Promise<readonly OrganizationAccess[]>
  /** What the caller may do to the platform's objects. */
  platform(): Access
  /**
   * The caller as the cluster sees it in a namespace.
   * @param namespace - Namespace of the request to the cluster; absent for all
   */
  standingIn(namespace: string | undefined): ClusterStanding
  /** Forgets what is cached of an organization that this caller has written, or whose members it has. */
  noteWrite(write: Written): void
}

/** A caller as the cluster sees it. */
export interface ClusterStanding {
  /** The organization whose namespace it is. */
  readonly organization?: string | undefined
  /** The server's groups, for the cluster's RBAC. */
  readonly groups: readonly string[]
}

/**
 * The authorizer of a request.
 * @param env - Settings
 * @param kube - Reads as the function, whatever KUBE_IDENTITY is
 * @param principal - The caller
 * @param ctx - Context of the request, which keeps cache refreshes alive after its answer
 */
export function createAuthorizer(
  env: Environment,
  kube: KubeReader,
  principal: Principal,
  ctx: ExecutionContext,
): Authorizer {
  return new RequestAuthorizer(env, directoryOf(env, kube, ctx), principal)
}

class RequestAuthorizer implements Authorizer {
  readonly #directory: Directory
  readonly #principal: Principal
  readonly #platformNamespace: string
  /** The organizations that this request has looked up, by namespace. */
  readonly #visited = new Map<string, OrganizationAccess>()
  /** What the last call of `organizations` returned, and the entries that it was made of. */
  #all: { readonly found: readonly Entry[]; readonly accesses: readonly OrganizationAccess[] } | undefined

  constructor(env: Environment, directory: Directory, principal: Principal) {
    this.#directory = directory
    this.#principal = principal
    this.#platformNamespace = platformNamespace(env)
  }

  async organization(name: string): Promise<OrganizationAccess> {
    // A cached entry may be too old to know a member who was just added.
    const access = (await this.#find(name)) ?? (await this.#find(name, FRESH_MS))
    if (access !== undefined) return access
    const hint = overflowHint(this.#principal)
    if (hint !== '') throw new Problem('forbidden', `If this organization exists, you have no known role in it.${hint}`)
    throw new Problem('not_found', `Organization ${JSON.stringify(name.slice(0, 253))} does not exist.`)
  }

  async organizations(): Promise<readonly OrganizationAccess[]> {
    const overview = await this.#directory.overview(this.#principal.clusterUser)
    const found = await overview.of(this.#principal)
    if (this.#all?.found !== found) this.#all = { found, accesses: await this.#accesses(overview, found) }
    return this.#all.accesses
  }

  /** What the caller may do in the organizations that were found, and in those below them. */
  async #accesses(overview: Overview, found: readonly Entry[]): Promise<readonly OrganizationAccess[]> {
    if (this.#principal.platformRole === 'platform-admin') {
      return found.flatMap((entry) => this.#access(entry, PLATFORM_ADMIN) ?? [])
    }
    const byName = new Map(found.map((entry) => [entry.name, entry]))
    const grantsIn = (entry: Entry) => this.#grants(entry, async (parent) => byName.get(parent))
    // With a platform role, all of them are found already.
    if (this.#principal.platformRole === undefined) await addBelow(overview, byName, grantsIn)
    const accesses: OrganizationAccess[] = []
    for (const entry of sortedByName(byName.values())) {
      const access = this.#access(entry, await grantsIn(entry))
      if (access !== undefined) accesses.push(access)
    }
    return accesses
  }

  platform(): Access {
    const { platformRole } = this.#principal
    return new GrantedAccess(this.#principal, platformRole === undefined ? [] : [{ role: platformRole }])
  }

  standingIn(namespace: string | undefined): ClusterStanding {
    const { platformRole } = this.#principal
    const groups = platformRole === undefined ? [] : [`kaphera:${platformRole}`]
    // Organization objects are in the platform's namespace, where the caller's roles in this request's organizations count.
    if (namespace === this.#platformNamespace) {
      return { groups: [...groups, ...[...this.#visited.values()].flatMap((access) => this.#groupsIn(access))] }
    }
    const access = namespace === undefined ? undefined : this.#visited.get(namespace)
    if (access === undefined) return { groups }
    return { organization: access.name, groups: [...groups, ...this.#groupsIn(access)] }
  }

  #groupsIn({ name, role }: OrganizationAccess): string[] {
    const isOwn = role !== undefined && role !== this.#principal.platformRole
    return isOwn ? [`kaphera:organization:${name}:${role}`] : []
  }

  noteWrite({ plural, namespace = '', name, body = '' }: Written): void {
    const { clusterUser } = this.#principal
    if (plural === MEMBERS.plural) this.#directory.forget(this.#visited.get(namespace)?.name, plural, clusterUser)
    if (plural !== ORGANIZATIONS.plural) return
    this.#directory.forget(name ?? (JSON.parse(body) as KubeObject).metadata.name, plural, clusterUser)
  }

  async #find(name: string, maxAgeMs?: number): Promise<OrganizationAccess | undefined> {
    const entry = await this.#directory.find(name, maxAgeMs)
    if (entry === undefined) return undefined
    return this.#access(entry, await this.#grants(entry, (parent) => this.#directory.find(parent, maxAgeMs)))
  }

  /** The grants in an organization: its own, platform roles, and those of admins of its parents. */
  async #grants(
    entry: Entry,
    find: (name: string) => Promise<Entry | undefined>,
    below: readonly string[] = [],
  ): Promise<readonly EffectiveGrant[]> {
    if (this.#principal.platformRole === 'platform-admin') return PLATFORM_ADMIN
    const own = this.#ownGrants(entry)
    const path = [...below, entry.name]
    // A cycle of parents ends here, as does a chain that is too long.
    if (entry.parent === undefined || path.includes(entry.parent) || path.length > MAX_ANCESTORS) return own
    const parent = await find(entry.parent)
    // Roles in a suspended organization are not inherited.
    if (parent === undefined || parent.suspended) return own
    const above = await this.#grants(parent, find, path)
    const inherited = above.filter(isInherited).map(({ role, expiresAt }) => ({ role, expiresAt, inherited: true }))
    return [...own, ...inherited]
  }

  #ownGrants(entry: Entry): EffectiveGrant[] {
    const { platformRole, claimedRoles } = this.#principal
    const { alias, id } = entry
    const claimed = claimedRoles.filter((claim) =>
      claim.isAlias
        ? claim.organization === alias && (id === undefined || claim.id === undefined || claim.id === id)
        : claim.organization === entry.name,
    )
    return [
      ...(platformRole === undefined ? [] : [{ role: platformRole }]),
      ...claimed.map(({ role }) => ({ role })),
      ...grantsOf(entry.members, this.#principal, entry.suspended),
    ]
  }

  #access(entry: Entry, grants: readonly EffectiveGrant[]): OrganizationAccess | undefined {
    if (grants.length === 0) return undefined
    const access = new GrantedOrganization(this.#principal, grants, entry)
    if (entry.namespace !== undefined) this.#visited.set(entry.namespace, access)
    return access
  }
}

/** The access that grants give in an organization. */
class GrantedOrganization extends GrantedAccess implements OrganizationAccess {
  readonly #entry: Entry

  constructor(principal: Principal, grants: readonly EffectiveGrant[], entry: Entry) {
    super(principal, grants, { suspended: entry.suspended, ready: entry.namespace !== undefined })
    this.#entry = entry
  }

  get name(): string {
    return this.#entry.name
  }

  get namespace(): string {
    const { namespace } = this.#entry
    if (namespace !== undefined) return namespace
    throw new Problem('conflict', NO_NAMESPACE)
  }

  get labels(): Labels {
    return this.#entry.labels
  }

  get displayName(): string {
    return this.#entry.displayName
  }

  get suspended(): boolean {
    return this.#entry.suspended
  }

  get participants(): readonly string[] | undefined {
    return participantsOf(strongestOf(this.grants))
  }

  owns(namespace: string | undefined): boolean {
    return namespace !== undefined && namespace === this.#entry.namespace
  }
}

/** Adds the organizations in which the caller has inherited roles, whose parents can have inherited theirs. */
async function addBelow(
  overview: Overview,
  byName: Map<string, Entry>,
  grantsIn: (entry: Entry) => Promise<readonly EffectiveGrant[]>,
): Promise<void> {
  const asked = new Set<string>()
  for (;;) {
    const parents: string[] = []
    for (const entry of byName.values()) {
      if (asked.has(entry.name) || entry.suspended) continue
      if ((await grantsIn(entry)).some(isInherited)) parents.push(entry.name)
    }
    if (parents.length === 0) return
    for (const parent of parents) asked.add(parent)
    for (const entry of await overview.below(parents)) {
      if (!byName.has(entry.name)) byName.set(entry.name, entry)
    }
  }
}

/** Whether a grant in an organization gives a role in those below it as well. */
function isInherited({ role, participants }: EffectiveGrant): boolean {
  return participants === undefined && (role === 'admin' || role === 'owner')
}

/** The grants of the strongest role. */
function strongestOf(grants: readonly EffectiveGrant[]): readonly EffectiveGrant[] {
  const role = strongest(grants.map((grant) => grant.role))
  return grants.filter((grant) => role !== undefined && includes(grant.role, role))
}
