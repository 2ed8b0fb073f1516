/**
 * The bill of materials of the image, for scanners and auditors.
 * @see {@link https://cyclonedx.org/docs/1.6/json/}
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectVersion } from '../bundle/project.ts'
import type { DebianPackage } from './base.ts'
import { type LockedPackage, readLock } from './lock.ts'

/** A CycloneDX document without serial number and time, so that equal contents give equal bytes. */
export interface Sbom {
  readonly bomFormat: 'CycloneDX'
  readonly specVersion: '1.6'
  readonly version: 1
  readonly metadata: object
  readonly components: readonly object[]
}

/**
 * The bill of materials.
 * @param base - Debian packages of the base
 * @param runtime - Package of the executable
 * @param bundled - npm packages whose code is in the functions
 */
export async function sbom(
  base: readonly DebianPackage[],
  runtime: LockedPackage,
  bundled: readonly LockedPackage[],
): Promise<Sbom> {
  const name = 'kaphera-cloud-server'
  const version = projectVersion()
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'container', 'bom-ref': name, name, version } },
    components: [
      ...base.map(componentOf),
      { ...componentOf(runtime), type: 'application' },
      ...bundled.map(componentOf),
    ],
  }
}

/**
 * The npm packages whose code is bundled into functions, found through their source maps.
 * @param functions - Directory of the bundles and their source maps
 */
export async function bundledPackages(functions: string): Promise<LockedPackage[]> {
  const lock = await readLock()
  const names = new Set<string>()
  for (const path of await readdir(functions, { recursive: true })) {
    if (!path.endsWith('.map')) continue
    const { sources }: { sources: readonly string[] } = JSON.parse(await readFile(join(functions, path), 'utf8'))
    for (const source of sources) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1]
      if (name !== undefined) names.add(name)
    }
  }
  return [...names].sort().map((name) => {
    const locked = lock.get(name)
    if (locked === undefined) throw new Error(`package-lock.json has no ${name}, which is bundled`)
    return locked
  })
}

/** A component of a bill of materials. */
interface Component {
  readonly type: 'application' | 'library'
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  /** A package URL. */
  readonly purl: string
  readonly hashes?: readonly { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string }[]
  readonly licenses?: readonly object[]
}

/** A package as a component. */
export function componentOf(one: DebianPackage | LockedPackage): Component {
  return 'sha256' in one ? debian(one) : npm(one)
}

function debian({ name, version, architecture, sha256 }: DebianPackage): Component {
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`
  return { type: 'library', 'bom-ref': purl, name, version, purl, hashes: [{ alg: 'SHA-256', content: sha256 }] }
}

function npm({ name, version, license, integrity }: LockedPackage): Component {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const content = Buffer.from(integrity?.replace(/^sha512-/, '') ?? '', 'base64').toString('hex')
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license !== undefined && {
      licenses: [license.includes(' ') ? { expression: license } : { license: { id: license } }],
    }),
    ...(content !== '' && { hashes: [{ alg: 'SHA-512', content }] }),
  }
}
