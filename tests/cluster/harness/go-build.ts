/**
 * Executables that are built from Go modules, as a go.mod pins them.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cachePath, withLock } from './cache.ts'
import { progress, secondsSince } from './progress.ts'
import { requireTool } from './requirement.ts'

/** Milliseconds between two signs of life during a build of minutes. */
const HEARTBEAT_MS = 20_000

/** An executable. */
export interface GoProgram {
  /** Directory with its go.mod. */
  readonly module: string
  /** Its package. */
  readonly package: string
  /** Where it is built. */
  readonly file: string
  /** Flags of the linker, other than those that leave debugging information out. */
  readonly linkerFlags: readonly string[]
  /** Build tags (default: none). */
  readonly tags?: readonly string[]
}

/** Path of an executable in the cache, which is a new one when its go.mod, or a main.go of the project, changes. */
export function cachedProgram(module: string, name: string): string {
  const hash = createHash('sha256').update(readFileSync(join(module, 'go.mod')))
  const main = join(module, 'main.go')
  if (existsSync(main)) hash.update(readFileSync(main))
  return cachePath(hash.digest('hex').slice(0, 16), name)
}

/**
 * Builds the executables that are not there. The first build takes minutes; a lock keeps two runs from building at once.
 * @throws {MissingRequirement} if something has to be built and Go is not installed
 */
export async function buildMissing(programs: readonly GoProgram[]): Promise<void> {
  if (programs.every(({ file }) => existsSync(file))) return
  requireTool('go')
  await withLock(
    cachePath('build.lock'),
    async () => {
      for (const program of programs) if (!existsSync(program.file)) await build(program)
    },
    () => progress('another run is building; waiting for it'),
  )
}

/** Builds next to its final place and renames, so that a path that exists is a whole executable. */
async function build(program: GoProgram): Promise<void> {
  const start = performance.now()
  const unfinished = `${program.file}.unfinished`
  mkdirSync(dirname(program.file), { recursive: true })
  progress(`building ${program.package} (takes minutes the first time)`)
  await runGo(program, [
    'build',
    '-v',
    '-mod=readonly',
    '-buildvcs=false',
    `-tags=${(program.tags ?? []).join()}`,
    '-ldflags',
    ['-s', '-w', ...program.linkerFlags].join(' '),
    '-o',
    unfinished,
    program.package,
  ])
  renameSync(unfinished, program.file)
  progress(`built ${program.package} in ${secondsSince(start)}`)
}

function runGo({ module, package: name }: GoProgram, args: string[]): Promise<void> {
  // Without cgo the executables need nothing of the system; a workspace file above must not change what is built.
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' }
  const go = spawn('go', args, { cwd: module, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let packages = 0
  let output = ''
  go.stderr.setEncoding('utf8').on('data', (text: string) => {
    packages += text.split('\n').length - 1
    output = (output + text).slice(-4000)
  })
  const heartbeat = setInterval(() => progress(`  ${name}: ${packages} packages so far`), HEARTBEAT_MS)
  return new Promise((resolve, reject) => {
    go.once('error', reject).once('close', (code) => {
      clearInterval(heartbeat)
      if (code === 0) resolve()
      else reject(new Error(`go ${args.join(' ')} ended with ${code}:\n${output}`))
    })
  })
}
