/**
 * Names of the files of a bundle.
 */
import { createHash } from 'node:crypto'
import type { Metafile } from 'esbuild'

/** A bundle that esbuild built. */
export interface Built {
  /** Digest of its code. */
  readonly digest: string
  readonly files: readonly BuiltFile[]
  readonly metafile: Metafile
}

/** A file of a bundle. */
export interface BuiltFile {
  /** Absolute path. */
  readonly path: string
  readonly text: string
}

/** The `[hash]` that esbuild appends to the name of a file. */
const HASH = /-[A-Z0-9]{8}(?=\.js)/g

/**
 * Renames the files of a bundle. Through the source maps, esbuild's hashes depend on comments and on the directory of the
 * project, and a deployment must not.
 */
export function renameParts({ files, metafile }: Omit<Built, 'digest'>): Built {
  const parts = Object.entries(metafile.outputs).flatMap(([path, { inputs, entryPoint = '' }]) => {
    const [hash] = path.endsWith('.js') ? (path.match(HASH) ?? []) : []
    return hash === undefined ? [] : [{ hash, sources: [...Object.keys(inputs), entryPoint].join() }]
  })
  parts.sort((a, b) => (a.sources < b.sources ? -1 : 1))
  const numbers = new Map(parts.map(({ hash }, index) => [hash, `-${index + 1}`]))
  const renamed = (text: string, digest: string): string =>
    text.replaceAll(HASH, (hash) => (numbers.has(hash) ? `${numbers.get(hash)}${digest}` : hash))
  const code = files.filter(({ path }) => path.endsWith('.js')).map(({ text }) => renamed(text, ''))
  const digest = createHash('sha256').update(code.sort().join()).digest('hex').slice(0, 8)
  return {
    digest,
    files: files.map(({ path, text }) => ({ path: renamed(path, `-${digest}`), text: renamed(text, `-${digest}`) })),
    metafile: JSON.parse(renamed(JSON.stringify(metafile), `-${digest}`)),
  }
}
