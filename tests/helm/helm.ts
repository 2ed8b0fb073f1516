/**
 * Helm, built from its Go module as go.mod pins it.
 */
import { execFile } from 'node:child_process'
import { buildMissing, cachedProgram } from '../cluster/harness/go-build.ts'

/** How a command of Helm ended. */
export interface Ended {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command of Helm. */
export type Helm = (...args: readonly string[]) => Promise<Ended>

/**
 * Helm, built first if the cache does not have it, which takes about eight minutes of CPU time.
 * @param env - Added to the environment
 * @throws {MissingRequirement} if it has to be built and Go is not installed
 */
export async function startHelm(env: Readonly<Record<string, string>> = {}): Promise<Helm> {
  const module = import.meta.dirname
  const file = cachedProgram(module, 'helm')
  await buildMissing([{ module, package: 'helm.sh/helm/v4/cmd/helm', file, linkerFlags: [] }])
  return (...args) =>
    new Promise((resolve) => {
      const options = { env: { ...process.env, ...env }, maxBuffer: 64 << 20 }
      execFile(file, [...args], options, (error, output, errors) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, output, errors })
      })
    })
}
