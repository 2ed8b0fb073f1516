/**
 * Bun for an architecture: the npm package that package-lock.json names.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Target } from '../runtimes/bun/compile.ts'
import type { Architecture } from './base.ts'
import { type LockedPackage, readLock } from './lock.ts'
import { run } from './run.ts'

/** The package of each architecture, as Bun calls it. */
const TARGETS: Readonly<Record<Architecture, { readonly name: string; readonly package: string }>> = {
  amd64: { name: 'bun-linux-x64', package: '@oven/bun-linux-x64' },
  arm64: { name: 'bun-linux-arm64', package: '@oven/bun-linux-aarch64' },
}

/**
 * Gets Bun's executable. npm installs only the package that fits this machine, so it is downloaded and verified here.
 * @param scratch - Directory for downloads
 * @returns What to compile for, and the package that contains it
 * @throws {Error} if the download does not match package-lock.json
 */
export async function fetchRuntime(
  architecture: Architecture,
  scratch: string,
): Promise<{ target: Target; runtime: LockedPackage }> {
  const target = TARGETS[architecture]
  const runtime = (await readLock()).get(target.package)
  if (runtime === undefined) throw new Error(`package-lock.json has no ${target.package}`)
  return { target: { name: target.name, executable: await downloaded(runtime, scratch) }, runtime }
}

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
  if (sum !== integrity) throw new Error(`${name}@${version} does not match its integrity in package-lock.json.`)
  await run('tar', ['--extract', '--gzip', '--file', archive, '--directory', directory])
  return join(directory, 'package', 'bin', 'bun')
}
