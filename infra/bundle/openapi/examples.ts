/**
 * Examples of manifests: objects that seed a local cluster, or else a test case of the kind's CRD.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import type { JsonObject, KubeObject } from '../../../shared/kind/object.ts'
import { applyMergePatch } from '../../../shared/resource/patch/merge-patch.ts'
import { PROJECT } from '../project.ts'

/** A manifest by the name of its kind. */
export async function readExamples(): Promise<ReadonlyMap<string, JsonObject>> {
  const examples = new Map<string, JsonObject>()
  const add = (kind: string, manifest: JsonObject): void => {
    if (!examples.has(kind)) examples.set(kind, manifest)
  }
  for (const text of await yamlFiles(join(PROJECT, 'infra', 'local', 'seed'))) {
    for (const { apiVersion, kind, metadata, spec } of loadAll(text) as KubeObject[]) {
      if (spec !== undefined) add(String(kind), { apiVersion, kind, metadata: { name: metadata.name }, spec })
    }
  }
  for (const text of await yamlFiles(join(PROJECT, 'tests', 'cases'))) {
    const { kind, base, accepted } = load(text) as {
      kind: string
      base: JsonObject
      accepted: { object: JsonObject }[]
    }
    const merged = applyMergePatch(base, accepted[0]?.object ?? {}) as JsonObject
    add(kind, { ...merged, kind, metadata: { name: 'example', ...(merged.metadata as JsonObject | undefined) } })
  }
  return examples
}

async function yamlFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.yaml')).sort()
  return Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))
}
