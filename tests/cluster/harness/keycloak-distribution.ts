/**
 * Keycloak as its release on Maven Central has it, unpacked and built once for all runs.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cachePath, withLock } from './cache.ts'
import { progress, secondsSince } from './progress.ts'
import { requireTool } from './requirement.ts'

/** The release; it is fetched as `org.keycloak:keycloak-quarkus-dist:<version>:zip`. */
const KEYCLOAK_VERSION = '26.7.3'
const UNPACK = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack'
/** What is decided at build time: a database that is gone with the process, and organizations. */
const BUILD_OPTIONS = ['--db=dev-mem', '--features=organization']

const run = promisify(execFile)

/**
 * Directory of an installation that `kc.sh start --optimized` can be run in a copy of. The first time it is fetched and
 * built, which takes half a minute; a lock keeps two runs from doing so at once.
 * @throws {MissingRequirement} without Java, or without Maven if it has to be fetched
 * @throws {Error} if the download is damaged or is another version
 */
export async function keycloakDistribution(): Promise<string> {
  requireTool('java')
  const directory = place()
  if (existsSync(directory)) return directory
  requireTool('maven')
  await withLock(
    cachePath('keycloak.lock'),
    async () => {
      if (!existsSync(directory)) await prepare(directory)
    },
    () => progress('another run is preparing Keycloak; waiting for it'),
  )
  return directory
}

/** Whether nothing has to be fetched, so that Maven is not needed. */
export function keycloakIsPrepared(): boolean {
  return existsSync(place())
}

function place(): string {
  return cachePath(`keycloak-${KEYCLOAK_VERSION}`)
}

/** Prepares it next to its final place and renames, so that a directory that exists is whole. */
async function prepare(directory: string): Promise<void> {
  const start = performance.now()
  progress(`fetching Keycloak ${KEYCLOAK_VERSION} (once)`)
  const unfinished = cachePath('.keycloak')
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:zip`
  // Strict checksums: a damaged download is an error. In a directory without a pom.xml nothing else takes part.
  const maven = ['-B', '-q', '-C', UNPACK, `-Dartifact=${artifact}`, `-DoutputDirectory=${unfinished}`]
  await run('mvn', maven, { cwd: unfinished }).catch(explain)

  const unpacked = join(unfinished, `keycloak-${KEYCLOAK_VERSION}`)
  const version = readFileSync(join(unpacked, 'version.txt'), 'utf8').trim()
  if (!version.endsWith(` ${KEYCLOAK_VERSION}`)) throw new Error(`${artifact} says of itself: ${version}`)
  await run(join(unpacked, 'bin', 'kc.sh'), ['build', ...BUILD_OPTIONS]).catch(explain)
  renameSync(unpacked, directory)
  rmSync(unfinished, { recursive: true })
  progress(`prepared Keycloak in ${secondsSince(start)}`)
}

function explain(error: Error & { stdout?: string; stderr?: string }): never {
  throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error })
}
