/**
 * `npm run image`: builds the image, its parts and its bill of materials in dist/image. Equal inputs give equal digests.
 */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Build, buildAll } from '../bundle/build.ts'
import { EDITION_OPTIONS, EDITION_USAGE, editionOf } from '../bundle/edition.ts'
import { projectVersion } from '../bundle/project.ts'
import { compileImage } from '../runtimes/bun/compile.ts'
import { type Architecture, type DebianPackage, makeBase } from './base.ts'
import { type BuiltImage, buildImage, withStore } from './buildah.ts'
import { measureForms } from './forms.ts'
import { requireLicenses } from './licenses.ts'
import { cleanCommit, type Provenance, provenance } from './provenance.ts'
import { fetchRuntime } from './runtime.ts'
import { bundledPackages, sbom } from './sbom.ts'

const USAGE = `usage: npm run image -- [--arch amd64|arm64]... [--base IMAGE] [--name NAME] [--figures]

  --arch     architecture (default: this machine's); may be repeated
  --base     base image with glibc and CA certificates (default: built from Debian packages)
  --builder  URI of who builds, and
  --source   URL of the repository: both also write the provenance, for you to sign
  --figures  also print start time and memory of each form on this machine
  --name     name of the image (default: localhost/kaphera-cloud-server:VERSION)

Writes to dist/image: <architecture>.tar (OCI archive), <architecture>.cdx.json (CycloneDX), <architecture>.intoto.json (SLSA
provenance), <architecture>/ (build context).
${EDITION_USAGE}`

/** Maximum number of bytes that a cluster has to fetch for a new release. */
const APP_BUDGET = 3 << 20

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      arch: { type: 'string', multiple: true, default: [process.arch === 'arm64' ? 'arm64' : 'amd64'] },
      base: { type: 'string' },
      builder: { type: 'string' },
      source: { type: 'string' },
      name: { type: 'string' },
      figures: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      ...EDITION_OPTIONS,
    },
  })
  if (values.help) return console.log(USAGE)
  const architectures = values.arch.map(architectureOf)
  const origin = await originOf(values)
  const name = values.name ?? `localhost/kaphera-cloud-server:${projectVersion()}`
  const edition = editionOf(values)
  const out = join(edition.out, 'image')
  const scratch = await mkdtemp(join(tmpdir(), 'kaphera-image-'))
  try {
    const built = await buildAll({ edition, out: join(scratch, 'dist') })
    for (const architecture of architectures) {
      const image = await withStore(join(scratch, 'store'), (store) =>
        make(architecture, { built, out, scratch, name, base: values.base, store, origin }),
      )
      report(image)
    }
    if (!values.figures) return
    for (const { form, startMs, memory } of await measureForms(built, scratch)) {
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

type Origin = Pick<Provenance, 'builder' | 'source' | 'commit'>

/** What only the caller knows of the provenance. @throws {Error} if a part is missing */
async function originOf({ builder, source }: { builder?: string; source?: string }): Promise<Origin | undefined> {
  if (builder === undefined && source === undefined) return undefined
  if (builder === undefined || source === undefined) throw new Error('--builder and --source must be used together')
  return { builder, source, commit: await cleanCommit() }
}

interface Making {
  readonly built: Build
  readonly out: string
  readonly scratch: string
  readonly name: string
  readonly base: string | undefined
  readonly store: string
  readonly origin: Origin | undefined
}

async function make(architecture: Architecture, making: Making): Promise<BuiltImage> {
  const { built, out, scratch, name, store } = making
  const context = join(out, architecture)
  await rm(context, { recursive: true, force: true })
  await mkdir(context, { recursive: true })
  const packages: DebianPackage[] =
    making.base === undefined ? await makeBase(architecture, join(context, 'base'), scratch) : []
  const { target, runtime } = await fetchRuntime(architecture, scratch)
  const bundled = await bundledPackages(join(scratch, 'dist', 'functions'))
  requireLicenses([runtime, ...bundled])
  await compileImage(built, { out: context, at: '/', target })
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
  const bill = await sbom(packages, runtime, bundled)
  await writeFile(join(out, `${architecture}.cdx.json`), `${JSON.stringify(bill, null, 2)}\n`)
  if (making.origin !== undefined) {
    const { digest } = image
    const npm = [runtime, ...bundled]
    const known = { ...making.origin, name, digest, architecture, base: making.base, debian: packages, npm }
    await writeFile(join(out, `${architecture}.intoto.json`), `${JSON.stringify(provenance(known), null, 2)}\n`)
  }
  return { ...image, archive }
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
    throw new Error(`The layer of a release has ${app.bytes} bytes; the budget is ${APP_BUDGET}.`)
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
