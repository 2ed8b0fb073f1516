/**
 * Finds out why an object is not ready: what it says of itself, and what it depends on. Loaded with the first request for it.
 */
import { ORGANIZATIONS } from '../../auth/index.ts'
import { isProblem } from '../../http/problem.ts'
import type { KindSummary } from '../../kind/kind.ts'
import type { KubeObject } from '../../kind/object.ts'
import { platformNamespace } from '../../runtime/environment.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import type { EventDescription } from '../events.ts'
import { type Reference, referencesIn } from '../references/fields.ts'
import { BoundedWork } from './bounded.ts'
import { deepest } from './deepest.ts'
import { judge, MISSING, type Verdict } from './judge.ts'
import { lastWarning } from './last-warning.ts'
import { type Seen, type Sight, sightFrom } from './sight.ts'

/** Maximum number of objects that are read besides the first. */
export const MAX_OBJECTS = 32
/** Maximum number of references from the first object to one of them. */
export const MAX_DEPTH = 8
/** Maximum time in milliseconds. */
export const MAX_MS = 4_000

/** A reference to an object that is not read yet. */
interface Step {
  readonly key: string
  readonly reference: Reference
  readonly path: readonly string[]
}

/** An object, what is wrong with it, and the keys of what it depends on. */
interface Node {
  readonly plural: string
  readonly kind: string
  /** Organization of the object, if the caller has a role there. */
  readonly organization?: string | undefined
  readonly name: string
  /** The fields that lead to it from the first object. */
  readonly path: readonly string[]
  readonly verdict: Verdict
  readonly references: readonly Reference[]
  /** What identifies it in events; absent if the caller may not read them. */
  readonly events?: { readonly namespace: string; readonly uid: string }
  event: EventDescription | null
}

/** What was found out. */
interface Findings {
  readonly work: BoundedWork
  /** What the caller sees, by key, nearest first. */
  readonly nodes: Map<string, Node>
  /** Keys of references whose targets the caller does not see. */
  readonly hidden: Set<string>
}

/**
 * Diagnoses an object.
 * @param object - As the caller sees it
 */
export async function diagnose(collection: Collection<Resource>, object: KubeObject) {
  const { call, resource, organization, namespace } = collection
  const root = nodeOf(call, resource, object.metadata.name ?? '', [], { object, organization, showsEvents: true })
  const findings: Findings = {
    work: new BoundedWork(MAX_MS),
    nodes: new Map([[keyOf({ ...root, namespace }), root]]),
    hidden: new Set(),
  }
  const { work, nodes } = findings
  try {
    await follow(findings, call, await sightFrom(collection, object))
    await work.each(failingOf(nodes), async (node) => {
      if (node.events === undefined) return
      const event = await lastWarning(call.functionKube, node.events.namespace, node.events.uid)
      if (!work.isLate) node.event = event
    })
  } finally {
    work.end()
  }
  return summarize(findings, root)
}

/** Reads what an object depends on, nearest first and each object once. */
async function follow({ work, nodes, hidden }: Findings, call: Call, look: Sight): Promise<void> {
  const asked = new Set(nodes.keys())
  for (let level = [...nodes.values()], depth = 0; level.length > 0; depth += 1) {
    const next = level.flatMap(({ references, path }) =>
      references.flatMap((reference): Step[] => {
        const key = keyOf(reference)
        if (asked.has(key)) return []
        asked.add(key)
        return [{ key, reference, path: [...path, reference.path.join('.')] }]
      }),
    )
    if (depth === MAX_DEPTH) {
      if (next.length > 0) work.cut ??= 'depth'
      return
    }
    const steps = next.slice(0, Math.max(0, MAX_OBJECTS + 1 - (asked.size - next.length)))
    if (steps.length < next.length) work.cut ??= 'size'
    const found = new Map<string, Node>()
    await work.each(steps, async ({ key, reference, path }) => {
      const seen = await look(reference).catch(hiddenIfForbidden)
      const kind = KINDS[reference.plural]
      if (work.isLate) return
      if (seen === undefined || kind === undefined) hidden.add(key)
      else found.set(key, nodeOf(call, kind, reference.name, path, seen))
    })
    // In the order of the fields, not of the answers.
    const reached = steps.flatMap(({ key }) => {
      const node = found.get(key)
      return node === undefined ? [] : [[key, node] as const]
    })
    for (const [key, node] of reached) nodes.set(key, node)
    level = reached.map(([, node]) => node)
  }
}

/** An owner may be of a kind that the function has no right to read. */
function hiddenIfForbidden(error: unknown): undefined {
  if (!isProblem(error, 'forbidden')) throw error
}

/** The answer. */
function summarize({ work, nodes, hidden }: Findings, root: Node) {
  const failing = failingOf(nodes)
  const causes = deepest(failing, ({ references }) => {
    const targets = references.map((reference) => nodes.get(keyOf(reference)))
    return failing.filter((node) => targets.includes(node))
  })
  const describe = ({ references, verdict, events: _, ...node }: Node) => ({
    ...node,
    ...verdict,
    unseen: references.filter((one) => hidden.has(keyOf(one))).map(({ path }) => path.join('.')),
  })
  return {
    ready: root.verdict.ready,
    complete: work.cut === undefined,
    ...(work.cut !== undefined && { reason: work.cut }),
    hidden: hidden.size,
    causes: causes.reverse().map(describe),
    objects: [...nodes.values()].map(describe),
  }
}

function failingOf(nodes: ReadonlyMap<string, Node>): Node[] {
  return [...nodes.values()].filter(({ verdict }) => verdict.state !== 'ready')
}

function nodeOf(
  call: Call,
  kind: KindSummary,
  name: string,
  path: readonly string[],
  { object, organization, showsEvents }: Seen,
): Node {
  const { namespace = '', uid = '' } = object?.metadata ?? {}
  return {
    plural: kind.plural,
    kind: kind.kind,
    ...(organization !== undefined && { organization }),
    name,
    path,
    verdict: object === undefined ? MISSING : judge(object, kind.abnormalConditions),
    references: object === undefined ? [] : dependencies(call, kind, object, organization),
    ...(showsEvents && uid !== '' && { events: { namespace, uid } }),
    event: null,
  }
}

/** What an object depends on: its references, its owners and its organization. */
function dependencies(
  { env }: Call,
  { references }: KindSummary,
  { metadata, spec }: KubeObject,
  organization: string | undefined,
): Reference[] {
  const { namespace = '', ownerReferences = [] } = metadata
  const field = (path: readonly string[], plural: string, home: string, name: string): Reference => ({
    field: path.join('.'),
    path,
    plural,
    namespace: home,
    name,
  })
  const owners = ownerReferences.flatMap(({ apiVersion, kind, name }, index) =>
    Object.values(KINDS)
      .filter((owner) => owner.kind === kind && apiVersion === `${owner.group}/${owner.version}`)
      .map(({ plural }) => field(['metadata', 'ownerReferences', String(index)], plural, namespace, name)),
  )
  const tenant =
    organization === undefined
      ? []
      : [field(['metadata', 'namespace'], ORGANIZATIONS.plural, platformNamespace(env), organization)]
  return [...referencesIn(env, references, spec, namespace), ...owners, ...tenant]
}

function keyOf({ plural, namespace, name }: Pick<Reference, 'plural' | 'namespace' | 'name'>): string {
  return `${plural} ${namespace} ${name}`
}
