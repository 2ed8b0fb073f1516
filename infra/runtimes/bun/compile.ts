/**
 * What ships: the single binary, which is Bun with all functions inside, and for the image the same in two parts, a runtime that
 * many releases share and an app.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Build } from '../../bundle/build.ts'
import { bundleOneProcess } from '../../bundle/one-process.ts'

const MAIN = join(import.meta.dirname, 'main.ts')

/** Path of Bun's executable for this platform. */
export function bunBinary(): string {
  return join(dirname(createRequire(import.meta.url).resolve('bun/package.json')), 'bin', 'bun.exe')
}

/** A platform that a binary is for, and Bun's executable for it. */
export interface Target {
  /** As Bun calls it, e.g. `bun-linux-arm64`. */
  readonly name: string
  readonly executable: string
}

/**
 * Compiles what is built into an executable.
 * @param out - The executable to write; the bundle that is in it is put beside it, in `one-process/`
 * @param target - Default: this platform
 * @throws {Error} if Bun does not accept the bundle
 */
export async function compileServer(built: Build, out: string, target?: Target): Promise<void> {
  const main = await bundleOneProcess({ built, main: MAIN, out: join(dirname(out), 'one-process') })
  await compile(main, out, target)
}

/** Where the parts of the image go. */
export interface ImageOptions {
  /** Directory for the runtime, `kaphera-cloud-server`, and its `app/`. */
  readonly out: string
  /** Directory that both will be in when they run (default: `out`). */
  readonly at?: string
  /** Default: this platform. */
  readonly target?: Target | undefined
}

/**
 * Compiles what is built into a runtime, which depends on Bun only, and an app: a module, its bytecode and the files of text
 * bindings.
 * @returns Path of the runtime, which runs the app
 * @throws {Error} if Bun does not accept the bundle
 */
export async function compileImage(built: Build, options: ImageOptions): Promise<string> {
  const { out, at = out, target } = options
  const runtime = join(out, 'kaphera-cloud-server')
  await mkdir(out, { recursive: true })
  await compile(join(import.meta.dirname, 'loader.ts'), runtime, target)
  const modules = await mkdtemp(join(out, 'modules-'))
  const app = join(out, 'app')
  try {
    const main = await bundleOneProcess({ built, main: MAIN, out: modules })
    await rm(app, { recursive: true, force: true })
    // Only modules of this format can have their bytecode in files.
    const format = ['--bytecode', '--format=cjs', '--minify']
    await build(main, ['--target=bun', ...format, `--public-path=${join(at, 'app')}/`, `--outdir=${app}`])
  } finally {
    await rm(modules, { recursive: true })
  }
  return runtime
}

/** Compiles a module and what it imports into an executable. */
async function compile(main: string, out: string, target?: Target): Promise<void> {
  // Written aside and moved: a running binary of the same name can be replaced that way, not overwritten.
  const partial = `${out}.partial`
  const runtime = `${out}.runtime`
  await writeDeafRuntime(target?.executable ?? bunBinary(), runtime)
  try {
    await build(main, [
      '--compile',
      `--target=${target?.name ?? 'bun'}`,
      `--compile-executable-path=${runtime}`,
      '--bytecode',
      '--format=esm',
      '--splitting',
      '--minify',
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      `--outfile=${partial}`,
    ])
    await rename(partial, out)
  } finally {
    await rm(runtime, { force: true })
  }
}

async function build(main: string, flags: readonly string[]): Promise<void> {
  const compiler = spawn(bunBinary(), ['build', main, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: dirname(main),
    env: {},
  })
  const [code] = await once(compiler, 'exit')
  if (code !== 0) throw new Error(`bun build ended with ${code}`)
}

/**
 * A copy of the runtime that ignores Bun's own variables: with BUN_BE_BUN a compiled program is Bun's command line, with
 * BUN_OPTIONS it loads any file, and no option prevents that. Their names are put into lower case, in which nobody sets them.
 */
async function writeDeafRuntime(executable: string, copy: string): Promise<void> {
  const bytes = await readFile(executable)
  let renamed = 0
  for (let at = bytes.indexOf('BUN_'); at >= 0; at = bytes.indexOf('BUN_', at + 1)) {
    if (!/^[A-Z]{2}$/.test(bytes.toString('latin1', at + 4, at + 6))) continue
    bytes.write('bun_', at)
    renamed += 1
  }
  if (renamed === 0) throw new Error(`${executable} has none of the variables that it should ignore`)
  await writeFile(copy, bytes)
  await chmod(copy, 0o755)
}
