/**
 * The base of the image, made from Debian packages: the C library, certificates of public authorities, and what lets
 * scanners tell which packages are inside. No shell, no package manager, no directory that anybody may write to.
 * @module
 */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

/** A processor architecture, as OCI and Debian call it. */
export type Architecture = 'amd64' | 'arm64'

/** A Debian package that is in the base. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** Of the package file. */
  readonly sha256: string
}

/** What each package gives to the base, as paths in it; the rest of it stays out. */
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
 * @param architecture - Which packages to take
 * @param directory - Where to; made anew
 * @param scratch - Directory for what apt keeps; the system's own state is not touched
 * @throws {Error} if a package cannot be had, or a tool is missing
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
    // Where scanners look in images without a package manager.
    await writeFile(
      join(directory, 'var/lib/dpkg/status.d', found.name),
      await run('dpkg-deb', ['--field', file, 'Package', 'Version', 'Architecture', 'Source', 'Maintainer']),
    )
    packages.push(found)
  }
  for (const [path, text] of Object.entries(ACCOUNTS)) await writeFile(join(directory, path), text)
  // Files of SSL_CERT_DIR are found by hash, so that it goes together with an SSL_CERT_FILE of the cluster's authority.
  await run('openssl', ['rehash', join(directory, 'etc/ssl/certs')])
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Downloads the packages, checked by apt; gives their files with their digests. */
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
