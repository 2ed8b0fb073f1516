/**
 * Organizations with their namespaces and members, read as the function's ServiceAccount and cached for a few seconds, so
 * that a removed role has no effect after 15 s. The caches keep only the fields that decide about access, because
 * clients decide how large objects are.
 */
import { isProblem, Problem } from '../http/problem.ts'
import { isLabel, type KubeReader, NAMESPACES } from '../kube/index.ts'
import { TtlCache } from '../runtime/cache.ts'
import { CachedValue } from '../runtime/cached-value.ts'
import { type Environment, type ExecutionContext, platformNamespace } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { bytesOf, CACHING, ENTRY_TTL_MS, KEPT_BYTES } from './caching.ts'
import { configurationOf } from './configuration.ts'
import { knownMember, type Member, MemberIndex } from './members.ts'
import { type Entry, entryOf, namespaceOf, type OrganizationObject, organizationOf } from './organization.ts'
import type { Lists, Overview } from './overview.ts'
import { MEMBERS, ORGANIZATIONS } from './tenancy.ts'

/** Maximum age in milliseconds of a cached entry that a refusal is based on. */
export const FRESH_MS = 1_000
/** Maximum number of organizations that an isolate caches, each with its members. */
const CACHE_LIMIT = 1_000

/** Reads organizations. */
export interface Directory {
  /**
   * One organization, with all of its members. The lookup costs the same whether or not it exists, so timing reveals nothing.
   * @param maxAgeMs - Maximum age of a cached answer in milliseconds
   * @returns `undefined` if it does not exist
   * @throws {Problem} `cluster_unavailable`, `deadline_exceeded` …
   */
  find(name: string, maxAgeMs?: number): Promise<Entry | undefined>
  /**
   * Reads many organizations.
   * @param caller - Sees its own writes
   */
  overview(caller: string): Promise<Overview>
  /**
   * Forgets what a write has changed, so that its caller sees it. Other callers see it in lists a second later, other isolates when their
   * TTL ends.
   * @param organization - The organization that was written, or whose member was; all of them if it is not known
   * @param plural - Kind of the written object
   */
  forget(organization: string | undefined, plural: string, caller: string): void
}

/** The caches of an environment. */
class Caches {
  /** By name. Names without an organization have a separate cache, so that guesses do not evict organizations. */
  readonly present = new TtlCache<CachedValue<Entry | undefined>>(CACHE_LIMIT, KEPT_BYTES)
  readonly guessed = new TtlCache<CachedValue<Entry | undefined>>(CACHE_LIMIT)
  /** Absent until a request needs it. */
  lists: Lists | undefined

  /** What is cached for a name. */
  get(name: string): CachedValue<Entry | undefined> | undefined {
    return this.present.get(name) ?? this.guessed.get(name)
  }

  /** Drops what is cached for a name; for all of them if it is absent. */
  forget(name: string | undefined): void {
    for (const cache of [this.present, this.guessed]) {
      if (name === undefined) cache.clear()
      else cache.delete(name)
    }
  }
}

const cachesOf = perEnvironment(() => new Caches())

/**
 * The directory of an environment.
 * @param reader - Reads as the function
 * @param ctx - Context of the request, which keeps refreshes alive after its answer
 */
export function directoryOf(env: Environment, reader: KubeReader, ctx: ExecutionContext): Directory {
  return new ClusterDirectory(env, asServer(reader), ctx)
}

class ClusterDirectory implements Directory {
  readonly #kube: KubeReader
  readonly #ctx: ExecutionContext
  readonly #platform: string
  readonly #caches: Caches
  /** Whether OrganizationMember objects give roles. */
  readonly #hasMembers: boolean

  constructor(env: Environment, kube: KubeReader, ctx: ExecutionContext) {
    this.#kube = kube
    this.#ctx = ctx
    this.#platform = platformNamespace(env)
    this.#caches = cachesOf(env)
    this.#hasMembers = configurationOf(env).policy.members
  }

  async find(name: string, maxAgeMs?: number): Promise<Entry | undefined> {
    if (!isLabel(name)) return undefined
    const caches = this.#caches
    const known = caches.get(name)
    const cached = known ?? new CachedValue<Entry | undefined>(CACHING)
    if (known === undefined) caches.guessed.set(name, cached, ENTRY_TTL_MS)
    const maxAge = maxAgeMs ?? (cached.peek()?.value === undefined ? FRESH_MS : undefined)
    const read = async (): Promise<Entry | undefined> => {
      const { entry, bytes } = await this.#readOne(name)
      // Not what was forgotten meanwhile, which may be older than a write.
      if (entry !== undefined && caches.get(name) === cached) {
        caches.guessed.delete(name)
        caches.present.set(name, cached, ENTRY_TTL_MS, bytes)
      }
      return entry
    }
    return cached.get(read, this.#ctx, maxAge)
  }

  async overview(caller: string): Promise<Overview> {
    // Most requests name their organization and never load this.
    const { Lists, Overview } = await import('./overview.ts')
    this.#caches.lists ??= new Lists(this.#platform)
    return new Overview(this.#kube, this.#platform, this.#caches.lists, caller, this.#hasMembers, this.#ctx)
  }

  forget(organization: string | undefined, plural: string, caller: string): void {
    this.#caches.forget(organization)
    this.#caches.lists?.noteWrite(plural, caller)
  }

  /** An organization, and how many bytes it keeps. */
  async #readOne(name: string): Promise<{ readonly entry: Entry | undefined; readonly bytes: number }> {
    const object = await this.#kube.objects<OrganizationObject>(ORGANIZATIONS, this.#platform).get(name)
    const claimed = namespaceOf(name, object, this.#platform)
    const members = new MemberIndex()
    const [namespace, bytes = 0] =
      claimed === undefined
        ? []
        : await Promise.all([
            this.#kube.objects(NAMESPACES).get(claimed),
            this.#hasMembers ? fill(members, this.#kube.objects<Member>(MEMBERS, claimed).each()) : 0,
          ])
    const entry = object && entryOf(organizationOf(name, object, this.#platform), namespace?.metadata.labels, members)
    // The members of a namespace that is not the organization's are not kept.
    return { entry, bytes: (entry?.namespace === undefined ? 0 : bytes) + bytesOf(entry) }
  }
}

/** @returns How many bytes the members keep */
async function fill(index: MemberIndex, members: AsyncIterable<Member>): Promise<number> {
  let bytes = 0
  for await (const member of members) {
    const known = knownMember(member)
    index.add(known)
    bytes += bytesOf(known)
  }
  return bytes
}

/** A reader that reports a refusal by the cluster as an error of this server, not of the caller. */
function asServer(reader: KubeReader): KubeReader {
  const explain = (error: unknown): never => {
    if (!isProblem(error, 'forbidden')) throw error
    throw new Problem(
      'cluster_unavailable',
      'The cluster does not allow this server to read organizations and members.',
      { headers: { 'Retry-After': '60' }, cause: error },
    )
  }
  return {
    objects(type, namespace) {
      const objects = reader.objects<never>(type, namespace)
      return {
        get: (name) => objects.get(name).catch(explain),
        page: (options) => objects.page(options).catch(explain),
        async *each(selection) {
          try {
            yield* objects.each(selection)
          } catch (error) {
            explain(error)
          }
        },
      }
    },
  }
}
