/**
 * `npm run image`: the image, its parts and its bill of materials, in dist/image. The same inputs give the same digest.
 * @module
 */
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildAll } from '../bundle/build.ts'
import { PROJECT, projectVersion } from '../bundle/project.ts'
import { type Architecture, type DebianPackage, makeBase } from './base.ts'
import { type BuiltImage, buildImage, withStore } from './buildah.ts'
import { measureForms } from './forms.ts'
import { copyRuntime } from './runtime.ts'
import { bundledPackages, sbom } from './sbom.ts'

const USAGE = `usage: npm run image -- [--arch amd64|arm64]... [--base IMAGE] [--name NAME] [--figures]

  --arch     architecture (default: that of this machine); may be repeated
  --base     image with glibc and CA certificates to build on (default: made from Debian's packages)
  --figures  also print start time and memory of each form on this machine
  --name     name of the image (default: localhost/kaphera-cloud-server:VERSION)

Writes to dist/image: <architecture>.tar (an OCI archive), <architecture>.cdx.json (CycloneDX), <architecture>/ (what it is built from).`

/** Bytes that a new release may make a cluster fetch. */
const APP_BUDGET = 3 << 20

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      arch: { type: 'string', multiple: true, default: [process.arch === 'arm64' ? 'arm64' : 'amd64'] },
      base: { type: 'string' },
      name: { type: 'string' },
      figures: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  const architectures = values.arch.map(architectureOf)
  const name = values.name ?? `localhost/kaphera-cloud-server:${await projectVersion()}`
  const out = join(PROJECT, 'dist', 'image')
  const scratch = await mkdtemp(join(tmpdir(), 'kaphera-image-'))
  try {
    await buildAll({ out: join(scratch, 'dist') })
    for (const architecture of architectures) {
      const image = await withStore(join(scratch, 'store'), (store) =>
        make(architecture, { out, scratch, name, base: values.base, store }),
      )
      report(image)
    }
    if (!values.figures) return
    for (const { form, startMs, memory } of await measureForms(join(scratch, 'dist'), scratch)) {
      const resident = memory === undefined ? 'unknown' : size(memory)
      console.log(`${form}: ${startMs.toFixed(0)} ms to the first answer, ${resident} at rest`)
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function architectureOf(text: string): Architecture {
  if (text !== 'amd64' && text !== 'arm64') throw new Error(`--arch must be amd64 or arm64, not ${text}`)
  return text
}

interface Making {
  readonly out: string
  readonly scratch: string
  readonly name: string
  readonly base: string | undefined
  readonly store: string
}

async function make(architecture: Architecture, making: Making): Promise<BuiltImage> {
  const { out, scratch, name, store } = making
  const context = join(out, architecture)
  await rm(context, { recursive: true, force: true })
  await mkdir(context, { recursive: true })
  const packages: DebianPackage[] =
    making.base === undefined ? await makeBase(architecture, join(context, 'base'), scratch) : []
  const runtime = await copyRuntime(architecture, join(context, 'workerd'), scratch)
  await copyApp(join(scratch, 'dist'), join(context, 'app'))
  const archive = join(out, `${architecture}.tar`)
  const image = await buildImage({
    store,
    architecture,
    context,
    name,
    archive: `${archive}.partial`,
    base: making.base,
  })
  await rename(`${archive}.partial`, archive)
  const bundled = await bundledPackages(join(scratch, 'dist', 'functions'))
  const bill = await sbom(packages, runtime, bundled)
  await writeFile(join(out, `${architecture}.cdx.json`), `${JSON.stringify(bill, null, 2)}\n`)
  return { ...image, archive }
}

/** What the configurations embed, in the same places relative to them as in dist/; source maps stay out. */
async function copyApp(dist: string, app: string): Promise<void> {
  for (const path of await embedded(join(dist, 'workerd'))) {
    await cp(join(dist, path), join(app, path), { recursive: true, filter: (file) => !file.endsWith('.map') })
  }
}

/** The configurations and the top-level entries of dist/ that they embed something of. */
async function embedded(workerd: string): Promise<string[]> {
  const text = await readFile(join(workerd, 'config.capnp'), 'utf8')
  return [...new Set(['workerd', ...[...text.matchAll(/embed "\.\.\/([^/"]+)/g)].map(([, path = '']) => path)])].sort()
}

function size(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`
}

function report({ name, architecture, digest, layers, archive }: BuiltImage): void {
  const total = layers.reduce((sum, { bytes }) => sum + bytes, 0)
  console.log(`${name} linux/${architecture}`)
  console.log(`  digest  ${digest}`)
  console.log(`  archive ${archive}`)
  console.log(`  size    ${size(total)} compressed`)
  for (const { bytes, unpackedBytes, what } of layers) {
    console.log(`  layer   ${size(bytes)} compressed, ${size(unpackedBytes)} unpacked: ${what}`)
  }
  const app = layers.at(-1)
  if (app !== undefined && app.bytes > APP_BUDGET) {
    throw new Error(`the layer of a release has ${app.bytes} bytes, more than ${APP_BUDGET}`)
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
