/** Compares the verdicts of the generated schema and the API server on random objects. */
import fc from 'fast-check'
import { type BaseIssue, safeParse } from 'valibot'
import { expect, vi } from 'vitest'
import {
  type Crd,
  type CrdFile,
  type CrdVersion,
  mainVersion,
  type SchemaNode,
} from '../../infra/bundle/generate/crd.ts'
import type { Kind } from '../../shared/kind/kind.ts'
import { ask } from './api-server.ts'
import { specs } from './objects.ts'

/** The result for one kind. */
export interface Verdicts {
  readonly objects: number
  readonly accepted: number
  /** Objects with different errors: only one accepts them, or they name other fields. */
  readonly disagreements: readonly unknown[]
  /** Objects that differ only in lists in place of a text with a format, which the API server accepts. */
  readonly excepted: number
}

/** The group of the copies, which is not used by installed CRDs. */
const PREFIX = 'proof.'

/**
 * Installs a copy of a CRD without CEL rules in another group, and waits until it is served.
 * @returns The path of its objects in the namespace `default`
 */
export async function install({ crd }: CrdFile): Promise<string> {
  const group = `${PREFIX}${crd.spec.group}`
  const { plural } = crd.spec.names
  const copy = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a copy for a test' },
    },
    spec: { ...withoutRules(crd.spec), group, versions: withoutRules(crd.spec.versions).map(withoutScale) },
  }
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  await remove(`${definitions}/${copy.metadata.name}`)
  const created = await ask('POST', definitions, copy)
  if (created.status !== 201) throw new Error(`${copy.metadata.name}: ${JSON.stringify(created.body)}`)
  const path = `/apis/${group}/${mainVersion({ file: '', crd }).name}/namespaces/default/${plural}`
  await untilStatus(path, 200)
  return path
}

async function remove(path: string): Promise<void> {
  await ask('DELETE', path)
  await untilStatus(path, 404)
}

async function untilStatus(path: string, status: number): Promise<void> {
  await vi.waitFor(async () => expect((await ask('GET', path)).status).toBe(status), { timeout: 20_000 })
}

function withoutRules<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, entry) => (key === 'x-kubernetes-validations' ? undefined : entry)))
}

/** The scale subresource repeats errors in the number of replicas at other paths, even without a spec. */
function withoutScale(version: CrdVersion): CrdVersion {
  return { ...version, subresources: {} }
}

/**
 * Compares the two verdicts.
 * @param source - The CRD
 * @param resource - Generated from it
 * @param path - Result of {@link install}
 * @param options - How many objects, and the seed of the random ones
 */
export async function compare(
  { crd }: CrdFile,
  resource: Kind,
  path: string,
  options: { objects: number; seed: number },
): Promise<Verdicts> {
  const root = mainVersion({ file: '', crd }).schema?.openAPIV3Schema ?? {}
  const node = root.properties?.spec ?? {}
  const schema = await resource.spec()
  const samples = fc.sample(specs(node), { numRuns: options.objects, seed: options.seed })
  let accepted = 0
  let excepted = 0
  const disagreements: unknown[] = []
  const judge = async (spec: unknown): Promise<void> => {
    const ours = spec === undefined ? absent(resource) : (safeParse(schema, spec).issues ?? []).map(placeOf)
    const theirs = await ask('POST', `${path}?dryRun=All&fieldValidation=Ignore`, objectOf(crd, path, spec))
    if (theirs.status !== 201 && theirs.status !== 422)
      throw new Error(`${theirs.status}: ${JSON.stringify(theirs.body)}`)
    if (theirs.status === 201) accepted += 1
    const causes = (theirs.body.details?.causes ?? []).map(placeOfCause)
    if (sameSet(ours, causes)) return
    const passed = new Set(listsForFormats(node, spec, 'spec'))
    const isChecked = (place: string): boolean => !passed.has(place)
    if (passed.size > 0 && sameSet(ours.filter(isChecked), causes.filter(isChecked))) excepted += 1
    else disagreements.push({ spec, ours, theirs: theirs.body.details?.causes ?? theirs.status })
  }
  const queue = [...samples]
  const work = async (): Promise<void> => {
    while (queue.length > 0) await judge(queue.shift())
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return { objects: samples.length, accepted, disagreements, excepted }
}

function absent(resource: Kind): string[] {
  return resource.specRequired ? ['spec'] : []
}

/** Returns the path of an error as the API server writes it. */
function placeOf({ path }: BaseIssue<unknown>): string {
  return (path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .reduce((all, step) => all + step, 'spec')
}

/** For numbers out of range and unmatched alternatives, the API server writes the path into the message. */
function placeOfCause({ field = '', message = '' }: { field?: string; message?: string }): string {
  return field === '<nil>' ? (/(?: in |")(spec[^"\s]*)"?(?: must|$)/.exec(message)?.[1] ?? field) : field
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const sorted = (places: readonly string[]): string => [...new Set(places)].sort().join('\n')
  return sorted(left) === sorted(right)
}

function objectOf(crd: Crd, path: string, spec: unknown): unknown {
  return { apiVersion: path.split('/').slice(2, 4).join('/'), kind: crd.spec.names.kind, metadata: { name: 'x' }, spec }
}

/** Paths of lists that kube-openapi accepts: it does not check their type if the schema is a string with a format. */
function listsForFormats(node: SchemaNode, value: unknown, place: string): string[] {
  if (Array.isArray(value)) {
    if (node.type === 'string' && node.format !== undefined) return [place]
    return value.flatMap((element, index) => listsForFormats(node.items ?? {}, element, `${place}[${index}]`))
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, entry]) => {
    const { additionalProperties } = node
    return listsForFormats(
      node.properties?.[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : {}),
      entry,
      `${place}.${key}`,
    )
  })
}
