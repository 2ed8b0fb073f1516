/**
 * Tools outside npm that the image is made with.
 * @module
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/**
 * Runs a program and gives what it printed.
 * @throws {Error} with what it said, if it fails or is not installed
 */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  return (await runForBytes(command, args, options)).toString()
}

/** As {@link run}, for output that is not text. */
export async function runForBytes(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<Buffer> {
  try {
    return (await execute(command, args, { ...options, encoding: 'buffer', maxBuffer: 512 << 20 })).stdout
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: Buffer }
    if (code === 'ENOENT') throw new Error(`${command} is not installed; infra/README.md says what the image needs`)
    throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${String(stderr).slice(-2000)}`)
  }
}
