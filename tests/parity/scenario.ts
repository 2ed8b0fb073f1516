/**
 * Scenarios: sequences of requests, as data.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import type { Crd } from '../../infra/local/cluster/kind.ts'
import type { Answer, Client, Request } from './client.ts'

/** One request of a scenario. */
export interface Step extends Request {
  /** Names for values of the answer: name -> path of field names. Later steps use a value as `{{name}}`. */
  readonly save?: Readonly<Record<string, string>>
  /** Status of both servers, which shows the purpose of the step; 0 for any status that is equal. */
  readonly status: number
  /** The reason why only status and reason of the answers are compared. */
  readonly wording?: string
}

/** A sequence of requests. */
export interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
}

const DIRECTORY = join(import.meta.dirname, 'requests')

/** All scenarios, by file. */
export function readScenarios(): [string, Scenario[]][] {
  return readdirSync(DIRECTORY)
    .sort()
    .map((file) => [
      file.replace('.yaml', ''),
      scenariosOf(load(readFileSync(join(DIRECTORY, file), 'utf8')) as Scenario[] | Table),
    ])
}

/** Objects that are posted separately, each merged over a valid one. */
interface Table {
  readonly path: string
  readonly base: object
  readonly accepted: Readonly<Record<string, object>>
  readonly rejected: Readonly<Record<string, object>>
  readonly unreadable: Readonly<Record<string, object>>
}

function scenariosOf(file: Scenario[] | Table): Scenario[] {
  if (Array.isArray(file)) return file
  const { path, base } = file
  const post =
    (status: number, wording?: string) =>
    ([name, object]: [string, object]) => ({
      name,
      steps: [{ method: 'POST', path, status, body: merge(base, object), ...(wording !== undefined && { wording }) }],
    })
  return [
    ...Object.entries(file.accepted).map(post(201)),
    ...Object.entries(file.rejected).map(post(422)),
    ...Object.entries(file.unreadable).map(post(400, "Go's parser")),
  ]
}

/** RFC 7386, except that `$set` sets fields to null instead of removing them. */
export function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged: Record<string, unknown> = typeof target === 'object' && !Array.isArray(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (name === '$set') Object.assign(merged, value)
    else if (value === null) delete merged[name]
    else merged[name] = merge(merged[name], value)
  }
  return merged
}

/** Sends the steps of a scenario to one server, in a new namespace. */
export async function play(
  client: Client,
  scenario: Scenario,
  namespace: string,
  crds: readonly Crd[],
): Promise<Answer[]> {
  await client({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  })
  const values: Record<string, unknown> = { ns: namespace }
  const answers: Answer[] = []
  for (const step of scenario.steps) {
    const filled = fill(step, values) as Step
    const answer = await client({ ...filled, path: expand(filled.path, namespace, crds) })
    for (const [name, path] of Object.entries(step.save ?? {})) values[name] = valueAt(answer.body, path)
    answers.push(answer)
  }
  return answers
}

/** `widgets/a` -> the path of that object in the scenario's namespace. */
function expand(path: string, namespace: string, crds: readonly Crd[]): string {
  if (path.startsWith('/')) return path
  const plural = path.split(/[/?]/, 1)[0]
  const crd = crds.find(({ spec }) => spec.names.plural === plural)
  const root = crd === undefined ? '/api/v1' : `/apis/${crd.spec.group}/${crd.spec.versions[0]?.name}`
  return `${root}/namespaces/${namespace}/${path}`
}

/** Replaces `{{name}}` with the saved value everywhere. */
function fill(value: unknown, values: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{\{(\w+)\}\}/g, (_whole, name: string) => String(values[name]))
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, name === 'save' ? field : fill(field, values)]),
  )
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value)
}
