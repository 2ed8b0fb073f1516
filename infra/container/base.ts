/**
 * The base of the image, made from Debian packages: the C library, public CA certificates, and the files by which
 * scanners recognize the packages. It has no shell, no package manager and no writable directory.
 */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

/** A processor architecture, as OCI and Debian call it. */
export type Architecture = 'amd64' | 'arm64'

/** A Debian package in the base. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** Digest of the package file. */
  readonly sha256: string
}

/** The paths of each package that go into the base; the rest is left out. */
const PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  libc6: [/^(usr\/)?lib\/[^/]+-linux-gnu\/[^/]+$/, /^(usr\/)?lib(64)?\/ld-linux[^/]+$/],
  'ca-certificates': [],
  'base-files': [/^etc\/os-release$/, /^usr\/lib\/os-release$/],
}

/** The user that the server runs as; it owns nothing. */
const ACCOUNTS = {
  'etc/passwd': 'root:x:0:0:root:/:/nonexistent\nnonroot:x:65532:65532:nonroot:/:/nonexistent\n',
  'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
}

/**
 * Makes the base's root file system.
 * @param architecture - Architecture of the packages
 * @param directory - Target; created, after deleting what was there
 * @param scratch - Directory for apt's state; the system's own is not touched
 * @throws {Error} if a package cannot be downloaded or a tool is missing
 */
export async function makeBase(
  architecture: Architecture,
  directory: string,
  scratch: string,
): Promise<DebianPackage[]> {
  await rm(directory, { recursive: true, force: true })
  for (const path of ['etc/ssl/certs', 'var/lib/dpkg/status.d']) await mkdir(join(directory, path), { recursive: true })
  const packages: DebianPackage[] = []
  for (const [file, sha256] of await download(architecture, scratch)) {
    const field = async (name: string): Promise<string> => (await run('dpkg-deb', ['--field', file, name])).trim()
    const found = {
      name: await field('Package'),
      version: await field('Version'),
      architecture: await field('Architecture'),
      sha256,
    }
    await unpack(file, found.name, directory, scratch)
    // Scanners look here in images without a package manager.
    await writeFile(
      join(directory, 'var/lib/dpkg/status.d', found.name),
      await run('dpkg-deb', ['--field', file, 'Package', 'Version', 'Architecture', 'Source', 'Maintainer']),
    )
    packages.push(found)
  }
  for (const [path, text] of Object.entries(ACCOUNTS)) await writeFile(join(directory, path), text)
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Downloads the packages, which apt verifies, and returns their files with digests. */
async function download(architecture: Architecture, scratch: string): Promise<[string, string][]> {
  const state = join(scratch, `apt-${architecture}`)
  for (const path of ['lists/partial', 'cache/archives/partial', 'packages']) {
    await mkdir(join(state, path), { recursive: true })
  }
  await writeFile(join(state, 'status'), '')
  const options = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, 'status')}`,
    `Dir::Cache=${join(state, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option])
  await run('apt-get', [...options, '-qq', 'update'])
  const names = Object.keys(PACKAGES)
  const listed = await run('apt-get', [...options, 'download', '--print-uris', ...names])
  await run('apt-get', [...options, '-qq', 'download', ...names], { cwd: join(state, 'packages') })
  return listed
    .trim()
    .split('\n')
    .map((line): [string, string] => {
      const [, name, sha256] = /^'\S+' (\S+) \d+ SHA256:([0-9a-f]{64})$/.exec(line) ?? []
      if (name === undefined || sha256 === undefined) throw new Error(`apt-get download --print-uris said: ${line}`)
      return [join(state, 'packages', name), sha256]
    })
}

async function unpack(file: string, name: string, directory: string, scratch: string): Promise<void> {
  const whole = join(scratch, 'unpacked')
  await rm(whole, { recursive: true, force: true })
  await run('dpkg-deb', ['--extract', file, whole])
  const kept = [...(PACKAGES[name] ?? []), /^usr\/share\/doc\/[^/]+\/copyright$/]
  const entries = await readdir(whole, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => !one.isDirectory())) {
    const path = join(entry.parentPath, entry.name).slice(whole.length + 1)
    const target = path.startsWith('usr/share/ca-certificates/')
      ? join('etc/ssl/certs', entry.name.replace(/[.]crt$/, '.pem'))
      : path
    if (target === path && !kept.some((pattern) => pattern.test(path))) continue
    await cp(join(whole, path), join(directory, target), { verbatimSymlinks: true })
  }
}
