/**
 * Examples of manifests: the objects that seed a local cluster. Kinds of other editions have none.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import type { JsonObject, KubeObject } from '../../../shared/kind/object.ts'
import { PROJECT } from '../project.ts'

const SEED = join(PROJECT, 'infra', 'local', 'seed')

/** A manifest by the name of its kind: the first object of the kind. */
export async function readExamples(): Promise<ReadonlyMap<string, JsonObject>> {
  const examples = new Map<string, JsonObject>()
  const names = (await readdir(SEED)).filter((name) => name.endsWith('.yaml')).sort()
  for (const name of names) {
    const objects = loadAll(await readFile(join(SEED, name), 'utf8')) as KubeObject[]
    for (const { apiVersion, kind, metadata, spec } of objects) {
      if (spec === undefined || examples.has(String(kind))) continue
      examples.set(String(kind), { apiVersion, kind, metadata: { name: metadata.name }, spec })
    }
  }
  return examples
}
