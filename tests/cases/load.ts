/**
 * Reads case files and joins them with their CRDs.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { type Crd, mainVersion, readCrds } from '../../infra/bundle/generate/crd.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { applyMergePatch } from '../../shared/resource/patch/merge-patch.ts'

/** A manifest of a case, which may be invalid. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** A case, merged over the base of its file. */
export interface Case {
  /** What the case shows; unique in its file. */
  readonly name: string
  /** The object to create, or the replacement of {@link from}. */
  readonly object: Manifest
  /** The existing object. */
  readonly from?: Manifest
  /** JSON Pointers that the answer must name; empty for an accepted object. */
  readonly pointers: readonly string[]
}

/** The cases of one kind. */
export interface KindCases {
  readonly crd: Crd
  readonly kind: string
  readonly plural: string
  readonly apiVersion: string
  readonly scope: 'organization' | 'platform'
  /** A small valid object. */
  readonly base: Manifest
  readonly accepted: readonly Case[]
  readonly rejected: readonly Case[]
}

/** Unique per run, for a shared server. The name of an Organization may have 40 characters. */
const RUN = Date.now().toString(36)

interface WrittenCase {
  readonly name: string
  readonly object: unknown
  readonly from?: unknown
  readonly pointers?: readonly string[]
}

interface CaseFile {
  readonly kind: string
  readonly base: unknown
  readonly accepted: readonly WrittenCase[]
  readonly rejected: readonly WrittenCase[]
}

/**
 * Returns the cases of every kind.
 * @param directories - Of the CRDs, and of the case files (default: infra/crds, this directory)
 * @throws {Error} if a kind has no file, a file has no kind, or a case lacks a unique name or required pointers
 */
export async function loadCases({
  crds: directory = join(PROJECT, 'infra', 'crds'),
  cases: casesOf = import.meta.dirname,
} = {}): Promise<KindCases[]> {
  const crds = await readCrds(directory)
  const names = (await readdir(casesOf)).filter((name) => name.endsWith('.yaml'))
  const files = new Map(
    await Promise.all(names.map(async (name) => [name, await readCaseFile(join(casesOf, name))] as const)),
  )
  const kinds = crds.map(({ file, crd }) => {
    const name = `${crd.spec.names.plural}.yaml`
    const cases = files.get(name)
    if (cases === undefined) throw new Error(`${casesOf}/${name} is missing`)
    files.delete(name)
    return kindCases(crd, mainVersion({ file, crd }).name, cases)
  })
  for (const name of files.keys()) throw new Error(`${casesOf}/${name} has no CRD`)
  return kinds
}

async function readCaseFile(file: string): Promise<CaseFile> {
  return load(await readFile(file, 'utf8')) as CaseFile
}

function kindCases(crd: Crd, version: string, file: CaseFile): KindCases {
  const { kind, plural } = crd.spec.names
  if (file.kind !== kind) throw new Error(`tests/cases/${plural}.yaml is for ${file.kind}`)
  const apiVersion = `${crd.spec.group}/${version}`
  const written = [...file.accepted, ...file.rejected]
  const repeated = written.find(({ name }, at) => written.findIndex((other) => other.name === name) !== at)
  if (repeated !== undefined) throw new Error(`${kind}: two cases are named "${repeated.name}"`)
  const manifest = (changes: unknown, number: number): Manifest => {
    const frame = { apiVersion, kind, metadata: { name: `case-${RUN}-${number}` } }
    return applyMergePatch(applyMergePatch(frame, file.base), changes) as Manifest
  }
  const merged = (one: WrittenCase): Case => {
    const number = written.indexOf(one) + 1
    return {
      name: one.name,
      object: manifest(one.object, number),
      pointers: one.pointers ?? [],
      ...(one.from !== undefined && { from: manifest(one.from, number) }),
    }
  }
  const rejected = file.rejected.map(merged)
  const silent = rejected.find(({ pointers }) => pointers.length === 0)
  if (silent !== undefined) throw new Error(`${kind}: "${silent.name}" has no pointers`)
  return {
    crd,
    kind,
    plural,
    apiVersion,
    scope: crd.metadata.annotations?.['api.kaphera.com/scope'] === 'platform' ? 'platform' : 'organization',
    base: manifest({}, 0),
    accepted: file.accepted.map(merged),
    rejected,
  }
}
