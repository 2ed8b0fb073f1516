/**
 * schemathesis, in a virtual environment below .cache.
 * @see {@link https://schemathesis.readthedocs.io/}
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'

const CACHE = join(PROJECT, '.cache', 'fuzz')
const REQUIREMENTS = join(PROJECT, 'tests', 'fuzz', 'requirements.txt')

/**
 * Returns the path of the program, which is installed on first use. Other requirements get another environment.
 * @throws {Error} without Python and venv, or if the packages cannot be downloaded
 */
export function schemathesis(): string {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const environment = join(CACHE, digest)
  const program = join(environment, 'bin', 'schemathesis')
  if (existsSync(program)) return program
  try {
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' })
    const pip = join(environment, 'bin', 'pip')
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input']
    execFileSync(pip, ['install', ...quiet, '--requirement', REQUIREMENTS], { stdio: 'inherit' })
  } catch (cause) {
    rmSync(environment, { recursive: true, force: true })
    throw new Error('schemathesis cannot be installed: python3 (3.11 or newer) with venv is needed', { cause })
  }
  return program
}
