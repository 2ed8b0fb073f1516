/**
 * From a principal to what it may do.
 * @module
 */

import { Problem } from '../http/problem.ts'
import type { KubeReader } from '../kube/index.ts'
import { type Environment, type ExecutionContext, platformNamespace } from '../runtime/environment.ts'
import { type Access, accessOf, overflowHint, type PlacedGrant, participantsOf } from './access.ts'
import { configurationOf } from './configuration.ts'
import { type Directory, directoryOf, type Entry, FRESH_MS } from './directory.ts'
import { grantsOf } from './members.ts'
import { includes, strongest } from './roles.ts'
import type { Principal } from './token/principal.ts'

/** What a caller may do in one organisation. */
export interface OrganizationAccess extends Access {
  readonly name: string
  /**
   * The organisation's namespace, which carries its label.
   * @throws {Problem} `conflict` while there is none; `require` says so before
   */
  readonly namespace: string
  /** Whether a namespace is the organisation's; none is as long as it has none of its own. */
  owns(namespace: string | undefined): boolean
  /** Its name for people. */
  readonly displayName: string
  /** Whether the organisation can only be read. */
  readonly suspended: boolean
  /**
   * Participants to which the caller is limited, by the strongest role; `undefined` if it is not limited.
   * {@link Access.participantsFor} says it for one operation.
   */
  readonly participants?: readonly string[] | undefined
}

/** Decides what the caller of a request may do. */
export interface Authoriser {
  /**
   * What the caller may do in an organisation.
   * @throws {Problem} `not_found` if it does not exist or is not the caller's: the same answer for both
   */
  organization(name: string): Promise<OrganizationAccess>
  /** All organisations in which the caller has a role, sorted by name. */
  organizations(): Promise<readonly OrganizationAccess[]>
  /** What the caller may do to the platform's own objects. */
  platform(): Access
  /**
   * The caller as the cluster is to see it when something is done in a namespace.
   * @param namespace - Of the request to the cluster; absent for all
   */
  standingIn(namespace: string | undefined): ClusterStanding
  /** Forgets what is remembered of organisations and members after one of them was written here. */
  noteWrite(plural: string): void
}

/** A caller towards the cluster. */
export interface ClusterStanding {
  /** Organisation whose namespace it is. */
  readonly organization?: string | undefined
  /** Groups of ours, for the cluster's RBAC. */
  readonly groups: readonly string[]
}

/**
 * The authoriser of a request.
 * @param env - Settings
 * @param kube - Reads as the function itself, whatever KUBE_IDENTITY says
 * @param principal - The caller
 * @param ctx - Of the request: what is remembered is refreshed beside its answer
 */
export function createAuthoriser(
  env: Environment,
  kube: KubeReader,
  principal: Principal,
  ctx: ExecutionContext,
): Authoriser {
  return new RequestAuthoriser(env, directoryOf(env, kube, ctx), principal)
}

class RequestAuthoriser implements Authoriser {
  readonly #useMembers: boolean
  readonly #directory: Directory
  readonly #principal: Principal
  readonly #platformNamespace: string
  /** Organisations that this request has to do with, by namespace. */
  readonly #visited = new Map<string, OrganizationAccess>()

  constructor(env: Environment, directory: Directory, principal: Principal) {
    this.#useMembers = configurationOf(env).policy.members
    this.#directory = directory
    this.#principal = principal
    this.#platformNamespace = platformNamespace(env)
  }

  async organization(name: string): Promise<OrganizationAccess> {
    // What was remembered may be too old to know a member who was added just now.
    const access = (await this.#find(name)) ?? (await this.#find(name, FRESH_MS))
    if (access !== undefined) return access
    const hint = overflowHint(this.#principal)
    if (hint !== '') throw new Problem('forbidden', `No role in this organisation is known, if there is one.${hint}`)
    throw new Problem('not_found', `organizations ${JSON.stringify(name.slice(0, 253))} does not exist.`)
  }

  async organizations(): Promise<readonly OrganizationAccess[]> {
    const entries = await this.#directory.all()
    const byName = new Map(entries.map((entry) => [entry.name, entry]))
    const accesses: OrganizationAccess[] = []
    for (const entry of entries) {
      const grants = await this.#grants(entry, async (parent) => byName.get(parent))
      const access = this.#access(entry, grants)
      if (access !== undefined) accesses.push(access)
    }
    return accesses
  }

  platform(): Access {
    const { platformRole } = this.#principal
    return accessOf(this.#principal, platformRole === undefined ? [] : [{ role: platformRole }])
  }

  standingIn(namespace: string | undefined): ClusterStanding {
    const { platformRole } = this.#principal
    const groups = platformRole === undefined ? [] : [`kaphera:${platformRole}`]
    // Organizations are objects in the platform's namespace: there a role is one in the organisations of this request.
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

  noteWrite(plural: string): void {
    if (plural === 'organizations' || plural === 'organizationmembers') this.#directory.forget()
  }

  async #find(name: string, maxAgeMs?: number): Promise<OrganizationAccess | undefined> {
    const entry = await this.#directory.find(name, maxAgeMs)
    if (entry === undefined) return undefined
    return this.#access(entry, await this.#grants(entry, (parent) => this.#directory.find(parent, maxAgeMs)))
  }

  /** The grants in an organization: own ones, those of the platform, and of administrators above, however far. */
  async #grants(
    entry: Entry,
    find: (name: string) => Promise<Entry | undefined>,
    below: readonly string[] = [],
  ): Promise<readonly PlacedGrant[]> {
    const own = this.#ownGrants(entry)
    const path = [...below, entry.name]
    // Organizations that are above themselves have nothing above them.
    if (entry.parent === undefined || path.includes(entry.parent)) return own
    const parent = await find(entry.parent)
    // Who is suspended acts nowhere.
    if (parent === undefined || parent.suspended) return own
    const above = await this.#grants(parent, find, path)
    const inherited = above
      .filter(({ role, participants }) => participants === undefined && (role === 'admin' || role === 'owner'))
      .map(({ role }) => ({ role, inherited: true }))
    return [...own, ...inherited]
  }

  #ownGrants(entry: Entry): PlacedGrant[] {
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
      ...(this.#useMembers ? grantsOf(entry.members, this.#principal, entry.suspended) : []),
    ]
  }

  #access(entry: Entry, grants: readonly PlacedGrant[]): OrganizationAccess | undefined {
    if (grants.length === 0) return undefined
    const { name, displayName, suspended, namespace } = entry
    const access: OrganizationAccess = {
      ...accessOf(this.#principal, grants, { suspended, ready: namespace !== undefined }),
      name,
      displayName,
      suspended,
      participants: participantsOf(strongestOf(grants)),
      owns: (candidate) => namespace !== undefined && candidate === namespace,
      get namespace() {
        if (namespace !== undefined) return namespace
        throw new Problem('conflict', 'The organisation has no namespace of its own yet. Try again when it is ready.')
      },
    }
    if (namespace !== undefined) this.#visited.set(namespace, access)
    return access
  }
}

/** The grants of the strongest role. */
function strongestOf(grants: readonly PlacedGrant[]): readonly PlacedGrant[] {
  const role = strongest(grants.map((grant) => grant.role))
  return grants.filter((grant) => role !== undefined && includes(grant.role, role))
}
