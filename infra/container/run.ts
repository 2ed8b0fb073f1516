/**
 * Runs the tools outside npm that build the image.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/**
 * Runs a program and returns its output.
 * @throws {Error} with the end of its error output if it fails, or if it is not installed
 */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  return (await runForBytes(command, args, options)).toString()
}

/** Like {@link run}, for binary output. */
export async function runForBytes(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<Buffer> {
  try {
    return (await execute(command, args, { ...options, encoding: 'buffer', maxBuffer: 512 << 20 })).stdout
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: Buffer }
    if (code === 'ENOENT')
      throw new Error(`${command} is not installed. infra/README.md lists what building the image needs.`)
    throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${String(stderr).slice(-2000)}`)
  }
}
