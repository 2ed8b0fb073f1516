/**
 * Builds images with buildah, which needs no daemon.
 * @see {@link https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md}
 */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { projectVersion } from '../bundle/project.ts'
import type { Architecture } from './base.ts'
import { run, runForBytes } from './run.ts'

/** What to build. */
export interface ImageOptions {
  /** Directory of buildah's images. */
  readonly store: string
  readonly architecture: Architecture
  /** Directory that contains `kaphera-cloud-server`, `app/` and, unless a base image is given, `base/`. */
  readonly context: string
  readonly name: string
  /** OCI archive to write. */
  readonly archive: string
  readonly base: string | undefined
}

/** One layer of an image. */
export interface Layer {
  /** Target of its step in the Containerfile, or `base`. */
  readonly what: string
  /** Compressed size in bytes, as fetched from a registry. */
  readonly bytes: number
  readonly unpackedBytes: number
}

/** An image in an archive. */
export interface BuiltImage {
  readonly name: string
  readonly architecture: Architecture
  readonly digest: string
  /** From the base to the functions. */
  readonly layers: readonly Layer[]
  readonly archive: string
}

/** Runs `work` with a store that is deleted afterwards. */
export async function withStore<T>(store: string, work: (store: string) => Promise<T>): Promise<T> {
  try {
    return await work(store)
  } finally {
    await buildah(store, ['rmi', '--all', '--force']).catch(() => '')
    await rm(store, { recursive: true, force: true })
  }
}

/** Builds the base, unless one is given, and the image on it. All files have fixed times and owners. */
export async function buildImage(options: ImageOptions): Promise<BuiltImage> {
  const { store, architecture, context, name, archive } = options
  const build = (file: string, tag: string, more: readonly string[] = []): Promise<string> =>
    buildah(store, [
      'build',
      '--isolation=chroot',
      '--layers',
      '--timestamp=0',
      `--platform=linux/${architecture}`,
      `--file=${join(import.meta.dirname, file)}`,
      `--tag=${tag}`,
      ...more,
      context,
    ])
  const ownBase = `localhost/kaphera-base:${architecture}`
  if (options.base === undefined) await build('Containerfile.base', ownBase)
  await build('Containerfile', name, [
    `--build-arg=BASE=${options.base ?? ownBase}`,
    `--label=org.opencontainers.image.version=${projectVersion()}`,
  ])
  await rm(archive, { force: true })
  await buildah(store, ['push', name, `oci-archive:${archive}:${name}`])
  return { name, architecture, archive, ...(await describe(archive)) }
}

function buildah(store: string, args: readonly string[]): Promise<string> {
  return run('buildah', ['--root', store, '--runroot', `${store}.run`, ...args])
}

interface Descriptor {
  readonly digest: string
  readonly size: number
}

async function describe(archive: string): Promise<Pick<BuiltImage, 'digest' | 'layers'>> {
  const blob = async (digest: string): Promise<Buffer> => {
    const bytes = await extract(archive, `blobs/sha256/${digest.replace('sha256:', '')}`)
    const sum = createHash('sha256').update(bytes).digest('hex')
    if (`sha256:${sum}` !== digest) throw new Error(`${digest} is damaged`)
    return bytes
  }
  const index = JSON.parse((await extract(archive, 'index.json')).toString()) as { manifests: [Descriptor] }
  const { digest } = index.manifests[0]
  const manifest = JSON.parse((await blob(digest)).toString()) as { config: Descriptor; layers: Descriptor[] }
  const config = JSON.parse((await blob(manifest.config.digest)).toString()) as {
    history: readonly { created_by?: string; empty_layer?: boolean }[]
  }
  const steps = config.history.filter(({ empty_layer: empty }) => empty !== true)
  const layers = await Promise.all(
    manifest.layers.map(async (layer, index) => ({
      what: /(?:COPY|ADD) .*? in (\S+)/.exec(steps[index]?.created_by ?? '')?.[1] ?? 'base',
      bytes: layer.size,
      unpackedBytes: gunzipSync(await blob(layer.digest)).byteLength,
    })),
  )
  return { digest, layers }
}

/** One file of the archive. */
function extract(archive: string, path: string): Promise<Buffer> {
  return runForBytes('tar', ['--extract', '--to-stdout', '--file', archive, path])
}
