/**
 * `generate` and `check`: shared/schemas from infra/crds, and the same for the CRDs of another edition.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { crdsOf, type Edition, SELF_HOSTED } from '../edition.ts'
import { PROJECT } from '../project.ts'
import { readCrds } from './crd.ts'
import { generatedFiles } from './file.ts'
import { formatted } from './format.ts'
import { KINDS_FILE, kindsCode } from './kinds.ts'

/** Directories of the CRDs and of the generated files; the project's by default. */
export interface GenerateOptions {
  readonly crds?: string
  readonly out?: string
  /** Whether they are outside of the project. There, the build makes the index of all kinds. */
  readonly isForeign?: boolean
}

/**
 * What to generate for an edition: the schemas of each of its own directories of CRDs are in `schemas`, beside the directory.
 * @throws {Error} if a CRD refers to a kind that has none, or two directories are beside each other
 */
export async function schemasOf(edition: Edition): Promise<(GenerateOptions & { readonly out: string })[]> {
  if (edition.name === SELF_HOSTED.name) return [{ out: directories({}).out }]
  kindsCode(await crdsOf(edition))
  const own = edition.crds.slice(SELF_HOSTED.crds.length)
  return own.map((crds, index) => {
    const out = join(dirname(crds), 'schemas')
    const other = own.slice(0, index).find((one) => dirname(one) === dirname(crds))
    if (other !== undefined) throw new Error(`The schemas of ${crds} and ${other} would both be in ${out}.`)
    return { crds, out, isForeign: true }
  })
}

/**
 * Generates the files for each CRD and the index of all, and deletes files whose CRD no longer exists.
 * @returns The paths of the files
 */
export async function generateSchemas(options: GenerateOptions = {}): Promise<string[]> {
  const { out } = directories(options)
  const files = await schemaFiles(options)
  const leftovers = (await generatedIn(out, options)).filter((name) => !files.has(name))
  await Promise.all(leftovers.map((name) => rm(join(out, name))))
  await Promise.all(
    [...files].map(async ([name, code]) => {
      await mkdir(dirname(join(out, name)), { recursive: true })
      await writeFile(join(out, name), code)
    }),
  )
  return [...files.keys()].map((name) => join(out, name))
}

/**
 * Compares the generated files with those in the directory.
 * @returns One line for each file that is stale, missing or left over
 */
export async function staleSchemas(options: GenerateOptions = {}): Promise<string[]> {
  const { out } = directories(options)
  const files = await schemaFiles(options)
  const present = new Set(await generatedIn(out, options))
  const leftovers = [...present].filter((name) => !files.has(name)).map((name) => `${name} has no CRD any more`)
  const faults = await Promise.all(
    [...files].map(async ([name, code]) => {
      if (!present.has(name)) return `${name} is missing`
      return (await readFile(join(out, name), 'utf8')) === code ? undefined : `${name} is stale`
    }),
  )
  return [...faults.filter((fault) => fault !== undefined), ...leftovers].sort()
}

/** Relative paths of the generated files below a directory, which has nothing else in the project; none if it does not exist. */
async function generatedIn(directory: string, { isForeign }: GenerateOptions): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const isGenerated = async (file: string): Promise<boolean> =>
    isForeign !== true || (await readFile(file, 'utf8')).startsWith('// Generated from ')
  const generated = await Promise.all(files.map(isGenerated))
  return files.filter((_, index) => generated[index]).map((file) => relative(directory, file))
}

/** Formatted code of each generated file, by name. */
async function schemaFiles(options: GenerateOptions): Promise<Map<string, string>> {
  const crds = await readCrds(directories(options).crds)
  const files = crds.flatMap((source) => [...generatedFiles(source, options.isForeign)])
  if (crds.length > 0 && !options.isForeign) files.push([KINDS_FILE, kindsCode(crds)])
  return formatted(files)
}

function directories(options: GenerateOptions): Required<Pick<GenerateOptions, 'crds' | 'out'>> {
  return {
    crds: options.crds ?? join(PROJECT, 'infra', 'crds'),
    out: options.out ?? join(PROJECT, 'shared', 'schemas'),
  }
}
