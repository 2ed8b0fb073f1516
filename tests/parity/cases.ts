/**
 * The cases of tests/cases as scenarios.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import type { Crd } from '../../infra/local/cluster/kind.ts'
import { merge, type Scenario, type Step } from './scenario.ts'

const DIRECTORY = join(import.meta.dirname, '..', 'cases')

interface Case {
  readonly name: string
  readonly object: object
  readonly from?: object
}

interface CaseFile {
  readonly base: object
  readonly accepted: readonly Case[]
  readonly rejected: readonly Case[]
}

/** The cases of each kind that has some. */
export function readCases(crds: readonly Crd[]): [string, Scenario[]][] {
  return crds.flatMap((crd) => {
    const file = join(DIRECTORY, `${crd.spec.names.plural}.yaml`)
    if (!existsSync(file)) return []
    const { base, accepted, rejected } = load(readFileSync(file, 'utf8')) as CaseFile
    const scenarios = [
      ...accepted.map((one) => scenarioOf(crd, base, one, true)),
      ...rejected.map((one) => scenarioOf(crd, base, one, false)),
    ]
    return [[crd.spec.names.kind, scenarios]]
  })
}

function scenarioOf({ spec }: Crd, base: object, { name, from, object }: Case, accepted: boolean): Scenario {
  const { names, group, versions } = spec
  const type = { apiVersion: `${group}/${versions[0]?.name}`, kind: names.kind, metadata: { name: 'case' } }
  const manifest = (patch: object): object => merge(merge(type, base), patch) as object
  const create = (patch: object, status: number): Step => ({
    method: 'POST',
    path: `${names.plural}?fieldValidation=Strict`,
    status,
    body: manifest(patch),
    save: { version: 'metadata.resourceVersion', name: 'metadata.name' },
  })
  // A field that nobody knows is refused with 400, a faulty one with 422: both are answers to a fault.
  if (from === undefined) return { name, steps: [create(object, accepted ? 201 : 0)] }
  const replacement = merge(manifest(object), { metadata: { resourceVersion: '{{version}}', name: '{{name}}' } })
  const path = `${names.plural}/{{name}}?fieldValidation=Strict`
  return { name, steps: [create(from, 201), { method: 'PUT', path, status: accepted ? 200 : 0, body: replacement }] }
}
