/**
 * The questions to the cluster that find the referrers of an object, one for each field that can refer to it. The API server
 * answers them where the CRD makes the field selectable, so that their cost follows the number of referrers.
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
export interface Question {
  /** Plural of the referring kind. */
  readonly referring: string
  /** The field, as the references of the kind name it. */
  readonly field: string
  /** Namespace of the objects; all namespaces if absent. */
  readonly namespace?: string
  /** Namespace whose objects another question is about. */
  readonly except?: string
  /** Selects the objects; absent for a field in a list, which cannot be selectable. */
  readonly fieldSelector?: string
}

/**
 * The questions about an object.
 * @param plural - Kind of the object
 * @param kinds - Plurals of the referring kinds
 */
export function questionsAbout(plural: string, { metadata }: KubeObject, kinds: readonly string[]): Question[] {
  const { name, namespace = '' } = metadata
  return kinds.flatMap((referring) =>
    Object.entries(KINDS[referring]?.references ?? {})
      .filter(([, reference]) => reference.plural === plural)
      .flatMap(([field, { namespaced }]): Question[] => {
        const question = (where: Pick<Question, 'namespace' | 'except'>, ...more: string[]): Question => ({
          referring,
          field,
          ...where,
          ...(!field.includes('[]') && { fieldSelector: [`spec.${field}.name=${name}`, ...more].join() }),
        })
        if (KINDS[plural]?.scope === 'platform') return [question({})]
        const within = question({ namespace })
        if (!namespaced) return [within]
        // Only a reference that names the namespace can come from another one.
        const named = [`spec.${field}.namespace=${namespace}`, `metadata.namespace!=${namespace}`]
        return [within, question({ except: namespace }, ...named)]
      }),
  )
}

/** Maximum number of fields that cannot be selected by. */
const FIELDS = 100

const unselectable = perEnvironment(() => new UnselectableFields(FIELDS))

/** The objects that the API server selects, or all objects where it cannot select. None if it does not serve the kind. */
export async function* candidates(call: Call, question: Question, most: number): AsyncGenerator<KubeObject> {
  const objects = objectsOf(call, question)
  const selection = selectionOf(call, question)
  try {
    yield* objects.each(selection, selection && most)
  } catch (error) {
    if (isProblem(error, 'kind_not_served')) return
    if (selection === undefined || !isRefused(call, question, error)) throw error
    yield* objects.each()
  }
}

/** A page of {@link candidates}, as a collection shows them. */
export async function candidatePage(
  question: Question,
  collection: Collection<CollectedKind>,
  options: PageOptions,
): Promise<CollectionPage> {
  const { call } = collection
  const selection = selectionOf(call, question)
  try {
    return await collection.page({ ...options, ...selection })
  } catch (error) {
    if (isProblem(error, 'kind_not_served')) return { metadata: {}, bytes: 0, items: [], read: 0 }
    if (selection === undefined || !isRefused(call, question, error)) throw error
    return collection.page(options)
  }
}

/**
 * Whether nothing refers to the object, by an answer that may miss a reference that another process wrote a moment ago. Within the
 * namespace that is safe: there a reference may be written before its target, so a missed one leaves a state that clients can
 * create anyway and that operators report. Across namespaces a reference needs its target, so none may be missed and the answer
 * is never sure. Nor is it if a referrer is found, which may just have been deleted.
 */
export async function isSurelyUnused(call: Call, question: Question): Promise<boolean> {
  const selection = selectionOf(call, question)
  if (question.namespace === undefined || selection === undefined) return false
  try {
    return !(await objectsOf(call, question).mayHave(selection))
  } catch (error) {
    if (isProblem(error, 'kind_not_served')) return true
    if (isRefused(call, question, error)) return false
    throw error
  }
}

/** Whether the API server has answered that it cannot select by the field. */
function isRefused({ env }: Call, question: Question, error: unknown): boolean {
  return unselectable(env).learn(keyOf(question), error)
}

function objectsOf(call: Call, { referring, namespace }: Question): KubeObjects {
  return call.functionKube.objects(KINDS[referring] as KindSummary, namespace)
}

function selectionOf(call: Call, question: Question): Selection | undefined {
  const { fieldSelector } = question
  const isUsable = fieldSelector !== undefined && !unselectable(call.env).has(keyOf(question))
  return isUsable ? { fieldSelector } : undefined
}

function keyOf({ referring, field, except }: Question): string {
  return `${referring} ${field} ${except !== undefined}`
}
