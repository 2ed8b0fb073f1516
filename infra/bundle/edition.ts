/**
 * What a server is built of: the functions and CRDs of this project and, for another edition, of further directories.
 */
import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type CrdFile, readCrds } from './generate/crd.ts'
import { PROJECT } from './project.ts'

/** An edition of the server, as plain data. Everything that a build reads or writes follows from it. */
export interface Edition {
  /** What `/capabilities` calls it. */
  readonly name: string
  /** Directories with one file per function; the first is the project's. */
  readonly functions: readonly string[]
  /** Directories with one file per CRD; the first is the project's. */
  readonly crds: readonly string[]
  /** Directory for everything that is built. */
  readonly out: string
}

/** The edition that this project is by itself. */
export const SELF_HOSTED: Edition = {
  name: 'self-hosted',
  functions: [join(PROJECT, 'functions')],
  crds: [join(PROJECT, 'infra', 'crds')],
  out: join(PROJECT, 'dist'),
}

/** The options of every command that builds, for `parseArgs`. */
export const EDITION_OPTIONS = {
  functions: { type: 'string', multiple: true },
  crds: { type: 'string', multiple: true },
  edition: { type: 'string' },
  out: { type: 'string' },
} as const

/** Their usage text. */
export const EDITION_USAGE = `
Another edition (infra/bundle/README.md, "Extending"):
  --edition NAME   name of the edition in /capabilities
  --functions DIR  a further directory of functions; may be repeated
  --crds DIR       a further directory of CRDs; may be repeated
  --out DIR        output directory (default: dist, for another edition dist/NAME)`

/** The values of {@link EDITION_OPTIONS}. */
export interface EditionValues {
  readonly functions?: readonly string[] | undefined
  readonly crds?: readonly string[] | undefined
  readonly edition?: string | undefined
  readonly out?: string | undefined
}

/**
 * The edition that a command line names.
 * @throws {Error} if its name is not well-formed or missing, a directory does not exist, or a build would delete it
 */
export function editionOf({ functions = [], crds = [], edition, out }: EditionValues): Edition {
  if (edition === undefined && functions.length + crds.length > 0) {
    throw new Error('--functions and --crds need --edition, the name of the edition that they make.')
  }
  if (edition !== undefined && (!/^[a-z][a-z0-9-]{0,39}$/.test(edition) || edition === SELF_HOSTED.name)) {
    throw new Error(
      `--edition ${edition}: a name has up to 40 lower-case letters, digits and hyphens, starts with a letter, and is not ${SELF_HOSTED.name}.`,
    )
  }
  const made: Edition = {
    name: edition ?? SELF_HOSTED.name,
    functions: [...SELF_HOSTED.functions, ...functions.map((path) => directory('--functions', path))],
    crds: [...SELF_HOSTED.crds, ...crds.map((path) => directory('--crds', path))],
    out: out === undefined ? join(SELF_HOSTED.out, edition ?? '') : resolve(out),
  }
  const inside = [...made.functions, ...made.crds].find((source) => !relative(made.out, source).startsWith('..'))
  if (inside !== undefined)
    throw new Error(`--out ${out ?? made.out}: ${inside} is in it, but a build deletes files there.`)
  return made
}

function directory(option: string, path: string): string {
  const absolute = resolve(path)
  if (!statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`${option} ${path}: there is no such directory.`)
  }
  return absolute
}

/** The file of a function. */
export interface FunctionFile {
  /** The file's name without its extension. */
  readonly name: string
  /** Absolute path. */
  readonly file: string
}

/**
 * The functions of an edition: every TypeScript file directly in one of its directories. There is no other list.
 * @returns Sorted by name
 * @throws {Error} if a directory has none, the name of one is not well-formed, or two have the same name
 */
export async function functionFiles({ functions }: Edition): Promise<FunctionFile[]> {
  const files = (await Promise.all(functions.map(filesIn))).flat().sort((a, b) => (a.name < b.name ? -1 : 1))
  files.forEach(({ name, file }, index) => {
    const other = files[index - 1]
    if (other?.name === name) throw new Error(`${file}: there is a function ${name} already: ${other.file}.`)
  })
  return files
}

async function filesIn(directory: string): Promise<FunctionFile[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
  if (files.length === 0) throw new Error(`${directory} has no functions.`)
  return files.map(({ name }) => {
    const file = join(directory, name)
    if (!/^[a-z][a-z0-9-]{0,62}\.ts$/.test(name)) {
      throw new Error(
        `${file}: the name of a function has lower-case letters, digits and hyphens, and starts with a letter.`,
      )
    }
    return { name: name.slice(0, -'.ts'.length), file }
  })
}

/**
 * The CRDs of an edition.
 * @throws {Error} as {@link readCrds}
 */
export function crdsOf({ crds }: Edition): Promise<CrdFile[]> {
  return readCrds(...crds)
}
