/**
 * The organizations of a caller, and all organizations. No more is read than the answer needs: members are selected by their
 * subject, organizations by name. All organizations are read only for platform roles, which see all.
 */
import type { KubeObject } from '../kind/object.ts'
import { isLabel, type KubeReader, NAMESPACES } from '../kube/index.ts'
import { CachedValue } from '../runtime/cached-value.ts'
import type { ExecutionContext } from '../runtime/environment.ts'
import { CachedLists, fieldIs } from './cached-lists.ts'
import { CACHING } from './caching.ts'
import { type KnownMember, keysOf, knownMember, type Member, MemberIndex, type Members, NOBODY } from './members.ts'
import {
  type Entry,
  entryOf,
  type Labels,
  ORGANIZATION_LABEL,
  type Organization,
  type OrganizationObject,
  organizationOf,
  sortedByName,
} from './organization.ts'
import { MEMBERS, ORGANIZATIONS } from './tenancy.ts'
import type { Identity } from './token/principal.ts'

/** Maximum number of lists of members, of organizations and of namespaces that an isolate caches. */
const LISTS_LIMIT = 2_000
/** Maximum number of organizations that are read by name. If there are more, all are read. */
const MAX_NAMED = 32
/** Maximum number of parents whose children are read one by one. If there are more, all organizations with a parent are read. */
const MAX_PARENTS = 4
/** Maximum number of groups whose members are read one by one. If there are more, the members of all groups are read. */
const MAX_GROUPS = 8
/** Maximum number of namespaces in one label selector, so that it fits into a URL. */
const NAMESPACES_LIMIT = 64
/** Maximum length of the identifier or address of a subject in characters. */
const SUBJECT_LIMIT = 255

/** A namespace. */
interface Namespace {
  readonly name: string
  readonly labels: Labels
}

/** The lists that an environment caches. */
export class Lists {
  readonly members = new CachedLists<Member, KnownMember>(LISTS_LIMIT, knownMember)
  readonly organizations: CachedLists<OrganizationObject, Organization>
  readonly namespaces = new CachedLists<KubeObject, Namespace>(
    LISTS_LIMIT,
    ({ metadata: { name = '', labels = {} } }) => ({ name, labels }),
  )
  readonly count = new CachedValue<number>(CACHING)
  /** What {@link entries} has made of lists, as long as these are cached. */
  readonly #made = new WeakMap<
    readonly Organization[],
    { readonly namespaces: readonly Namespace[]; readonly entries: readonly Entry[] }
  >()

  constructor(platform: string) {
    this.organizations = new CachedLists(LISTS_LIMIT, (object) => {
      const { name } = object.metadata
      // The namespace names its organization in a label, so a longer name cannot have a namespace.
      return name !== undefined && isLabel(name) ? organizationOf(name, object, platform) : undefined
    })
  }

  /**
   * All organizations without members, sorted by name. The same array as long as it is made of the same lists: putting ten thousand
   * together takes longer than anything else that a request does.
   */
  entries(organizations: readonly Organization[], namespaces: readonly Namespace[]): readonly Entry[] {
    const made = this.#made.get(organizations)
    if (made?.namespaces === namespaces) return made.entries
    const entries = sortedByName(entriesOf(organizations, namespaces))
    this.#made.set(organizations, { namespaces, entries })
    return entries
  }

  /**
   * Notes that a caller has written an organization or a member.
   * @param plural - The kind
   */
  noteWrite(plural: string, caller: string): void {
    // The operator makes or changes the namespace of an organization that is written.
    const written = plural === MEMBERS.plural ? [this.members] : [this.organizations, this.namespaces]
    for (const { writes } of written) writes.note(caller)
  }
}

/** Reads many organizations. */
export class Overview {
  readonly #kube: KubeReader
  readonly #platform: string
  readonly #caches: Lists
  readonly #caller: string
  /** Whether OrganizationMember objects give roles. */
  readonly #hasMembers: boolean
  readonly #ctx: ExecutionContext

  /**
   * @param kube - Reads as the function
   * @param platform - The namespace of the platform
   * @param caller - Sees its own writes
   * @param hasMembers - Whether OrganizationMember objects give roles
   * @param ctx - Context of the request, which keeps refreshes alive after its answer
   */
  constructor(
    kube: KubeReader,
    platform: string,
    caches: Lists,
    caller: string,
    hasMembers: boolean,
    ctx: ExecutionContext,
  ) {
    this.#kube = kube
    this.#platform = platform
    this.#caches = caches
    this.#caller = caller
    this.#hasMembers = hasMembers
    this.#ctx = ctx
  }

  /**
   * The organizations that the caller's members and claims name, and perhaps others; with a platform role, all. Those of a platform
   * admin are sorted by name.
   * @throws {Problem} `cluster_unavailable`, `deadline_exceeded` …
   */
  async of(identity: Identity): Promise<readonly Entry[]> {
    // A platform admin has no stronger role anywhere.
    const members = identity.platformRole === 'platform-admin' ? [] : await this.#membersOf(identity)
    const byNamespace = Map.groupBy(members, ({ namespace }) => namespace)
    if (identity.platformRole !== undefined) {
      const [organizations, namespaces] = await Promise.all([
        this.#organizations(),
        this.#namespaces({ labelSelector: ORGANIZATION_LABEL }),
      ])
      return byNamespace.size === 0
        ? this.#caches.entries(organizations, namespaces)
        : entriesOf(organizations, namespaces, byNamespace)
    }
    const namespaces = await this.#namespacesNamed([...byNamespace.keys()])
    const named = namespaces.flatMap(({ labels }) => labels[ORGANIZATION_LABEL] ?? [])
    const aliases = identity.claimedRoles.filter(({ isAlias }) => isAlias).map(({ organization }) => organization)
    // The alias of an organization is its name unless it says otherwise.
    const claimed = identity.claimedRoles.map(({ organization }) => organization)
    const organizations = (
      await Promise.all([this.#organizationsNamed([...named, ...claimed]), this.#organizationsWithAlias(aliases)])
    ).flat()
    const more = await this.#namespacesOf(organizations, namespaces)
    return entriesOf(organizations, [...namespaces, ...more], byNamespace)
  }

  /** The organizations with one of these parents, and perhaps others, without members. @throws {Problem} as `of` */
  async below(parents: readonly string[]): Promise<readonly Entry[]> {
    const selectors = parents.length > MAX_PARENTS ? [`${PARENT}!=`] : parents.map((parent) => fieldIs(PARENT, parent))
    const lists = await Promise.all(selectors.map((fieldSelector) => this.#organizations({ fieldSelector })))
    const wanted = new Set(parents)
    const organizations = lists.flat().filter(({ parent }) => parent !== undefined && wanted.has(parent))
    return entriesOf(organizations, await this.#namespacesOf(organizations, []))
  }

  /** The number of all organizations. @throws {Problem} as `of` */
  count(): Promise<number> {
    const organizations = this.#kube.objects(ORGANIZATIONS, this.#platform)
    return this.#caches.count.get(async () => {
      const { items, metadata } = await organizations.page({ limit: 1 })
      return items.length + (metadata.remainingItemCount ?? 0)
    }, this.#ctx)
  }

  /** The members that can name the caller, in all namespaces. */
  async #membersOf(identity: Identity): Promise<readonly KnownMember[]> {
    if (!this.#hasMembers) return []
    const keys = new Set(keysOf(identity))
    const groups = [...keys].filter((key) => key.startsWith('Group '))
    const asked = groups.length > MAX_GROUPS ? [...keys].filter((key) => !groups.includes(key)) : [...keys]
    const selectors = new Set(asked.flatMap(selectorOf))
    if (groups.length > MAX_GROUPS) selectors.add('spec.subject.kind=Group')
    const objects = this.#kube.objects<Member>(MEMBERS)
    const lists = await Promise.all(
      [...selectors].map((fieldSelector) =>
        this.#caches.members.get(objects, { fieldSelector }, this.#caller, this.#ctx),
      ),
    )
    // Where the cluster cannot select, all lists are the same.
    return [...new Set(lists.flat())].filter(({ key }) => keys.has(key))
  }

  #organizations(selection: { readonly fieldSelector?: string } = {}): Promise<readonly Organization[]> {
    const objects = this.#kube.objects<OrganizationObject>(ORGANIZATIONS, this.#platform)
    return this.#caches.organizations.get(objects, selection, this.#caller, this.#ctx)
  }

  async #organizationsNamed(names: readonly string[]): Promise<readonly Organization[]> {
    const wanted = new Set(names.filter(isLabel))
    const selectors = wanted.size > MAX_NAMED ? [undefined] : [...wanted].map((name) => fieldIs('metadata.name', name))
    const lists = await Promise.all(
      selectors.map((fieldSelector) => this.#organizations(fieldSelector === undefined ? {} : { fieldSelector })),
    )
    return lists.flat().filter(({ name }) => wanted.has(name))
  }

  async #organizationsWithAlias(aliases: readonly string[]): Promise<readonly Organization[]> {
    const wanted = new Set(aliases)
    const selectors = wanted.size > MAX_NAMED ? [`${ALIAS}!=`] : [...wanted].map((alias) => fieldIs(ALIAS, alias))
    const lists = await Promise.all(selectors.map((fieldSelector) => this.#organizations({ fieldSelector })))
    return lists.flat().filter(({ alias }) => wanted.has(alias))
  }

  #namespaces(selection: { readonly labelSelector: string }): Promise<readonly Namespace[]> {
    return this.#caches.namespaces.get(this.#kube.objects(NAMESPACES), selection, this.#caller, this.#ctx)
  }

  /** Namespaces by name, many at once: the API server itself gives each a label with its name. */
  async #namespacesNamed(names: readonly string[]): Promise<readonly Namespace[]> {
    const wanted = [...new Set(names)].sort()
    const groups = Array.from({ length: Math.ceil(wanted.length / NAMESPACES_LIMIT) }, (_, index) =>
      wanted.slice(index * NAMESPACES_LIMIT, (index + 1) * NAMESPACES_LIMIT),
    )
    const selectors =
      groups.length > MAX_NAMED ? [ORGANIZATION_LABEL] : groups.map((group) => `${NAME_LABEL} in (${group.join()})`)
    return (await Promise.all(selectors.map((labelSelector) => this.#namespaces({ labelSelector })))).flat()
  }

  /** The namespaces that organizations claim, without those that are known. */
  #namespacesOf(organizations: readonly Organization[], known: readonly Namespace[]): Promise<readonly Namespace[]> {
    const names = new Set(known.map(({ name }) => name))
    const claimed = organizations.flatMap((organization) => organization.claimed ?? [])
    return this.#namespacesNamed(claimed.filter((name) => !names.has(name)))
  }
}

const PARENT = 'spec.parentRef.name'
const ALIAS = 'spec.identityProvider.keycloakOrganizationAlias'
const NAME_LABEL = 'kubernetes.io/metadata.name'

/** Selects the members of a key; none if no member can have it. */
function selectorOf(key: string): string[] {
  const [, field = '', value = ''] = /^\w+ (id|email) (.*)$/s.exec(key) ?? []
  return value === '' || value.length > SUBJECT_LIMIT ? [] : [fieldIs(`spec.subject.${field}`, value)]
}

/** Organizations with their namespaces and members, each once. */
function entriesOf(
  organizations: readonly Organization[],
  namespaces: readonly Namespace[],
  members: ReadonlyMap<string, readonly KnownMember[]> = new Map(),
): readonly Entry[] {
  const labels = new Map(namespaces.map((namespace) => [namespace.name, namespace.labels]))
  const byName = new Map(organizations.map((organization) => [organization.name, organization]))
  return [...byName.values()].map((organization) => {
    const { claimed = '' } = organization
    return entryOf(organization, labels.get(claimed), indexOf(members.get(claimed) ?? []))
  })
}

function indexOf(members: readonly KnownMember[]): Members {
  if (members.length === 0) return NOBODY
  const index = new MemberIndex()
  for (const member of members) index.add(member)
  return index
}
