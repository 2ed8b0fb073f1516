/**
 * A valid object of every kind, from its test cases.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { readCrds } from '../../infra/bundle/generate/crd.ts'
import type { Json } from './client.ts'

const CASES = join(import.meta.dirname, '..', 'cases')
const CRDS = join(import.meta.dirname, '..', '..', 'infra', 'crds')

/** A kind and a sample without a name. */
export interface Sample {
  readonly plural: string
  readonly kind: string
  readonly apiVersion: string
  readonly scope: 'organization' | 'platform'
  readonly spec: Json
}

/**
 * A sample of each kind.
 * @param directories - Of the CRDs, and of the cases (default: infra/crds, tests/cases)
 */
export async function samples({ crds: directory = CRDS, cases: casesOf = CASES } = {}): Promise<Sample[]> {
  const crds = await readCrds(directory)
  const cases = new Map(
    readdirSync(casesOf)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => load(readFileSync(join(casesOf, name), 'utf8')) as Json)
      .map(({ kind, base }) => [kind, base]),
  )
  return crds.map(({ crd }) => {
    const { kind, plural } = crd.spec.names
    const base = cases.get(kind)
    if (base === undefined) throw new Error(`${casesOf} has no file for ${kind}`)
    return {
      plural,
      kind,
      apiVersion: `${crd.spec.group}/${crd.spec.versions[0]?.name}`,
      scope: crd.metadata.annotations?.['api.kaphera.com/scope'] as Sample['scope'],
      spec: base.spec,
    }
  })
}
