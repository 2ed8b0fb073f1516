/**
 * Pages of an object's referrers: other tenants decide how many there are, and how large. Loaded with the first request for one.
 */
import { negotiate, represent } from '../../http/negotiate.ts'
import type { KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import { platformNamespace } from '../../runtime/environment.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { CollectedKind, Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { present } from '../present.ts'
import { onePage, plainPage } from '../read/list.ts'
import { readListQuery } from '../read/list-query.ts'
import { type ReferrerQuery, referrerCandidatePage, referrerQueries } from '../references/referrer-queries.ts'
import { fieldThatRefers } from '../references/referrers.ts'

/**
 * A page of the objects of a kind that refer to an object: those that the caller sees in its namespace, then those of others.
 * @param plural - The kind
 * @param foreign - Whether to include objects in other namespaces, which the caller could not see otherwise
 * @throws {Problem} `invalid_request` for a bad query, `gone` for a token that is too old …
 */
export async function referrerPage(
  collection: Collection<Resource>,
  object: KubeObject,
  plural: string,
  foreign: boolean,
): Promise<Response> {
  const { call, access, resource } = collection
  access.require(verb('list'), plural)
  const as = negotiate(call.request)
  const listQuery = readListQuery(call.url, { columns: [] })
  const queries = new Map(
    referrerQueries(resource.plural, object, [plural])
      .filter(({ namespace }) => foreign || namespace !== undefined)
      .map((query) => [referrersIn(collection, object, query), query]),
  )
  const collections = [...queries.keys()]
  const { items, metadata, headers } = await onePage(call, collections, listQuery, (cursor) =>
    plainPage(collections, listQuery, cursor, (one, options) =>
      referrerCandidatePage(queries.get(one) as ReferrerQuery, one, options),
    ),
  )
  return represent({ metadata, items: items.map((item) => present(item)) }, as, { headers, slices: call.slices })
}

/** The objects that a query finds, read as the function. */
function referrersIn(
  collection: Collection<Resource>,
  target: KubeObject,
  query: ReferrerQuery,
): Collection<CollectedKind> {
  const { call, resource } = collection
  const own = collection.sibling(KINDS[query.referring] as CollectedKind).for(verb('list'))
  const isEverywhere = query.namespace === undefined
  return own.with({
    asFunction: true,
    shows: (object) => fieldThatRefers(call, query, object, resource.plural, target) !== undefined,
    // A grant for some participants names those of its own organization.
    ...(isEverywhere && { isEverywhere, namespace: platformNamespace(call.env), participants: undefined }),
  })
}
