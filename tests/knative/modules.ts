/**
 * Files of Go modules: CRDs of Knative and of Gateway API as their projects publish them. Go checks what it downloads.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireTool } from '../cluster/harness/requirement.ts'

const run = promisify(execFile)

/** The modules and their versions; those of Knative belong to Serving 0.42 (Knative 1.15). */
const MODULES = {
  serving: 'knative.dev/serving@v0.42.2',
  networking: 'knative.dev/networking@v0.0.0-20240716111826-bab7f2a3e556',
  caching: 'knative.dev/caching@v0.0.0-20240716132144-989f54c83776',
  gatewayApi: 'sigs.k8s.io/gateway-api@v1.6.1',
} as const

/**
 * The directory of a module, downloaded if need be.
 * @throws {MissingRequirement} without Go
 */
export async function moduleDirectory(name: keyof typeof MODULES): Promise<string> {
  requireTool('go')
  const { stdout } = await run('go', ['mod', 'download', '-json', MODULES[name]], {
    env: { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=mod' },
  })
  const { Dir: directory }: { Dir: string } = JSON.parse(stdout)
  return directory
}
