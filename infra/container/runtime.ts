/**
 * The runtime of an architecture: the package of npm that package-lock.json names.
 * @module
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from '../bundle/project.ts'
import type { Architecture } from './base.ts'
import { type LockedPackage, readLock } from './lock.ts'
import { run } from './run.ts'

const PACKAGES: Readonly<Record<Architecture, string>> = {
  amd64: '@cloudflare/workerd-linux-64',
  arm64: '@cloudflare/workerd-linux-arm64',
}

/**
 * Copies the executable.
 * @param file - Where to
 * @param scratch - Directory for what npm downloads
 * @returns The package that it comes from
 * @throws {Error} if what is downloaded is not what package-lock.json names
 */
export async function copyRuntime(architecture: Architecture, file: string, scratch: string): Promise<LockedPackage> {
  const name = PACKAGES[architecture]
  const locked = (await readLock()).get(name)
  if (locked === undefined) throw new Error(`package-lock.json has no ${name}`)
  const installed = join(PROJECT, 'node_modules', name, 'bin', 'workerd')
  const here = process.platform === 'linux' && process.arch === (architecture === 'amd64' ? 'x64' : architecture)
  await copyFile(here ? installed : await downloaded(locked, scratch), file)
  return locked
}

/** npm installs only the package of this machine; that of another is fetched and checked here. */
async function downloaded({ name, version, integrity }: LockedPackage, scratch: string): Promise<string> {
  const directory = join(scratch, name.replace('/', '-'))
  await mkdir(directory, { recursive: true })
  const [packed] = JSON.parse(
    await run('npm', ['pack', '--json', '--pack-destination', directory, `${name}@${version}`]),
  )
  const archive = join(directory, packed.filename)
  const sum = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`
  if (sum !== integrity) throw new Error(`${name}@${version} is not what package-lock.json names`)
  await run('tar', ['--extract', '--gzip', '--file', archive, '--directory', directory])
  return join(directory, 'package', 'bin', 'workerd')
}
