/**
 * `generate` and `check`: shared/schemas from infra/crds.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { PROJECT } from '../project.ts'
import { readCrds } from './crd.ts'
import { generatedFiles } from './file.ts'
import { KINDS_FILE, kindsCode } from './kinds.ts'

/** Where CRDs are and where their schemas go; the project's directories by default. */
export interface GenerateOptions {
  readonly crds?: string
  readonly out?: string
}

/**
 * Generates a file for each CRD and the index of all, and removes those of CRDs that are gone.
 * @returns The names of the files
 */
export async function generateSchemas(options: GenerateOptions = {}): Promise<string[]> {
  const { out } = directories(options)
  const files = await schemaFiles(options)
  const leftovers = (await filesIn(out)).filter((name) => !files.has(name))
  await Promise.all(leftovers.map((name) => rm(join(out, name))))
  await Promise.all(
    [...files].map(async ([name, code]) => {
      await mkdir(dirname(join(out, name)), { recursive: true })
      await writeFile(join(out, name), code)
    }),
  )
  return [...files.keys()]
}

/**
 * Compares what is generated with what is there.
 * @returns One line for each file that is stale, missing or left over
 */
export async function staleSchemas(options: GenerateOptions = {}): Promise<string[]> {
  const { out } = directories(options)
  const files = await schemaFiles(options)
  const present = new Set(await filesIn(out))
  const leftovers = [...present].filter((name) => !files.has(name)).map((name) => `${name} has no CRD any more`)
  const faults = await Promise.all(
    [...files].map(async ([name, code]) => {
      if (!present.has(name)) return `${name} is missing`
      return (await readFile(join(out, name), 'utf8')) === code ? undefined : `${name} is stale`
    }),
  )
  return [...faults.filter((fault) => fault !== undefined), ...leftovers].sort()
}

/** The files of a directory and of those in it, by their paths relative to it; none if it does not exist. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
}

/** Name and formatted code of each generated file. */
async function schemaFiles(options: GenerateOptions): Promise<Map<string, string>> {
  const crds = await readCrds(directories(options).crds)
  const files = crds.flatMap((source) => [...generatedFiles(source)])
  if (crds.length > 0) files.push([KINDS_FILE, kindsCode(crds)])
  return new Map(await Promise.all(files.map(async ([name, code]) => [name, await format(code)] as const)))
}

function directories(options: GenerateOptions): Required<GenerateOptions> {
  return {
    crds: options.crds ?? join(PROJECT, 'infra', 'crds'),
    out: options.out ?? join(PROJECT, 'shared', 'schemas'),
  }
}

/** The code as Biome lays it out. */
async function format(code: string): Promise<string> {
  const biome = join(PROJECT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const formatter = spawn(process.execPath, [biome, 'format', '--stdin-file-path=generated.ts'], { cwd: PROJECT })
  formatter.stdin.end(code)
  const [formatted, complaint, [status]] = await Promise.all([
    text(formatter.stdout),
    text(formatter.stderr),
    once(formatter, 'exit'),
  ])
  if (status !== 0) throw new Error(`Biome cannot format generated code: ${complaint}`)
  return formatted
}
