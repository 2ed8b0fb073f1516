/**
 * promtool and an OpenTelemetry Collector, built from their Go modules as a go.mod pins them.
 */
import { join } from 'node:path'
import { buildMissing, cachedProgram } from '../cluster/harness/go-build.ts'

/**
 * Path of promtool, built first if the cache does not have it, which takes about seven minutes.
 * @throws {MissingRequirement} if it has to be built and Go is not installed
 */
export function promtool(): Promise<string> {
  // Service discovery, with the SDKs of all clouds, is not needed for rules.
  return program('promtool', 'github.com/prometheus/prometheus/cmd/promtool', ['remove_all_sd'])
}

/**
 * Path of the collector, built first if the cache does not have it, which takes about four minutes.
 * @throws {MissingRequirement} if it has to be built and Go is not installed
 */
export function collector(): Promise<string> {
  return program('collector', 'kaphera.com/cloud-server/tests/monitoring/collector')
}

async function program(name: string, path: string, tags: readonly string[] = []): Promise<string> {
  const module = join(import.meta.dirname, name)
  const file = cachedProgram(module, name)
  await buildMissing([{ module, package: path, file, linkerFlags: [], tags }])
  return file
}
