/**
 * The single binary: workerd with its configuration and every function inside.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { chmod, rename } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { workerdBinary } from './binary.ts'

/**
 * Compiles a configuration into an executable.
 * @param config - Configuration file, with the constant `config`
 * @param out - The executable to write
 * @throws {Error} if workerd does not accept the configuration
 */
export async function compileServer(config: string, out: string): Promise<void> {
  // Written aside and moved: a running binary of the same name can be replaced that way, not overwritten.
  const partial = `${out}.partial`
  const file = createWriteStream(partial)
  const compiler = spawn(workerdBinary(), ['compile', config, 'config'], { stdio: ['ignore', 'pipe', 'inherit'] })
  compiler.stdout.pipe(file)
  const [[code]] = await Promise.all([once(compiler, 'exit'), finished(file)])
  if (code !== 0) throw new Error(`workerd compile ended with ${code}`)
  await chmod(partial, 0o755)
  await rename(partial, out)
}
