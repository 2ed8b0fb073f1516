/**
 * The queries that find the referrers of an object, one for each field that can refer to it. The API server selects the objects
 * where the CRD makes the field selectable, so that their cost follows the number of referrers.
 */
import { isProblem } from '../../http/problem.ts'
import type { KindSummary } from '../../kind/kind.ts'
import type { KubeObject } from '../../kind/object.ts'
import { type KubeObjects, type PageOptions, type Selection, UnselectableFields } from '../../kube/index.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import type { CollectedKind, Collection, CollectionPage } from '../collection.ts'

/** Which objects of a kind can refer to an object by one field. */
export interface ReferrerQuery {
  /** Plural of the referring kind. */
  readonly referring: string
  /** The field, as the references of the kind name it. */
  readonly field: string
  /** Namespace of the objects; all namespaces if absent. */
  readonly namespace?: string
  /** Namespace whose objects another query finds. */
  readonly except?: string
  /** Selects the objects; absent for a field in a list, which cannot be selectable. */
  readonly fieldSelector?: string
}

/**
 * The queries for the referrers of an object.
 * @param plural - Kind of the object
 * @param kinds - Plurals of the referring kinds
 */
export function referrerQueries(plural: string, { metadata }: KubeObject, kinds: readonly string[]): ReferrerQuery[] {
  const { name, namespace = '' } = metadata
  return kinds.flatMap((referring) =>
    Object.entries(KINDS[referring]?.references ?? {})
      .filter(([, reference]) => reference.plural === plural)
      .flatMap(([field, { namespaced }]): ReferrerQuery[] => {
        const query = (where: Pick<ReferrerQuery, 'namespace' | 'except'>, ...more: string[]): ReferrerQuery => ({
          referring,
          field,
          ...where,
          ...(!field.includes('[]') && { fieldSelector: [`spec.${field}.name=${name}`, ...more].join() }),
        })
        if (KINDS[plural]?.scope === 'platform') return [query({})]
        const within = query({ namespace })
        if (!namespaced) return [within]
        // Only a reference that names the namespace can come from another one.
        const named = [`spec.${field}.namespace=${namespace}`, `metadata.namespace!=${namespace}`]
        return [within, query({ except: namespace }, ...named)]
      }),
  )
}

/** Maximum number of fields that cannot be selected by. */
const FIELDS = 100

const unselectable = perEnvironment(() => new UnselectableFields(FIELDS))

/** The objects that the API server selects, or all objects where it cannot select. None if it does not serve the kind. */
export async function* referrerCandidates(call: Call, query: ReferrerQuery, most: number): AsyncGenerator<KubeObject> {
  const objects = objectsOf(call, query)
  const selection = selectionOf(call, query)
  try {
    yield* objects.each(selection, selection && most)
  } catch (error) {
    if (isProblem(error, 'kind_not_served')) return
    if (selection === undefined || !isRefused(call, query, error)) throw error
    yield* objects.each()
  }
}

/** A page of {@link referrerCandidates}, as a collection shows them. */
export async function referrerCandidatePage(
  query: ReferrerQuery,
  collection: Collection<CollectedKind>,
  options: PageOptions,
): Promise<CollectionPage> {
  const { call } = collection
  const selection = selectionOf(call, query)
  try {
    return await collection.page({ ...options, ...selection })
  } catch (error) {
    if (isProblem(error, 'kind_not_served')) return { metadata: {}, bytes: 0, items: [], read: 0 }
    if (selection === undefined || !isRefused(call, query, error)) throw error
    return collection.page(options)
  }
}

/**
 * Whether nothing refers to the object, by an answer that may miss a reference that another process wrote a moment ago. Within the
 * namespace that is safe: there a reference may be written before its target, so a missed one leaves a state that clients can
 * create anyway and that operators report. Across namespaces a reference needs its target, so none may be missed and the answer
 * is never sure. Nor is it if a referrer is found, which may just have been deleted.
 */
export async function isSurelyUnused(call: Call, query: ReferrerQuery): Promise<boolean> {
  const selection = selectionOf(call, query)
  if (query.namespace === undefined || selection === undefined) return false
  try {
    return !(await objectsOf(call, query).mayHave(selection))
  } catch (error) {
    if (isProblem(error, 'kind_not_served')) return true
    if (isRefused(call, query, error)) return false
    throw error
  }
}

/** Whether the API server has answered that it cannot select by the field. */
function isRefused({ env }: Call, query: ReferrerQuery, error: unknown): boolean {
  return unselectable(env).learn(keyOf(query), error)
}

function objectsOf(call: Call, { referring, namespace }: ReferrerQuery): KubeObjects {
  return call.functionKube.objects(KINDS[referring] as KindSummary, namespace)
}

function selectionOf(call: Call, query: ReferrerQuery): Selection | undefined {
  const { fieldSelector } = query
  const isUsable = fieldSelector !== undefined && !unselectable(call.env).has(keyOf(query))
  return isUsable ? { fieldSelector } : undefined
}

function keyOf({ referring, field, except }: ReferrerQuery): string {
  return `${referring} ${field} ${except !== undefined}`
}
