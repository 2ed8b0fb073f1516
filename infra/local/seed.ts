/**
 * The objects of infra/local/seed, which a new local cluster starts with.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { type ClusterAccess, createKubeApi, KubeError } from './operators/client.ts'
import { installedKinds } from './operators/discovery.ts'
import type { KubeObject } from './operators/object.ts'
import { collectionPath } from './operators/writes.ts'

const DIRECTORY = join(import.meta.dirname, 'seed')

/**
 * Creates the objects of the seed files with their status, in the order of the file names. Objects that exist stay
 * unchanged.
 * @returns How many objects were created
 * @throws {KubeError} if the cluster refuses an object
 * @throws {Error} if the cluster does not serve its kind
 */
export async function seed(access: ClusterAccess): Promise<number> {
  const api = createKubeApi(access)
  try {
    const plurals = new Map((await installedKinds(api)).map(({ kind, plural }) => [kind, plural]))
    let created = 0
    for (const object of await seedObjects()) {
      const collection = collectionOf(object, plurals)
      try {
        await api.send('POST', `${collection}?fieldValidation=Strict`, object)
        created += 1
      } catch (error) {
        if (error instanceof KubeError && error.status === 409) continue
        throw error
      }
      if (object.status !== undefined && object.kind !== 'Namespace') {
        await api.send('PATCH', `${collection}/${object.metadata.name}/status`, { status: object.status })
      }
    }
    return created
  } finally {
    api.close()
  }
}

/** The objects of the seed files in order of creation. */
export async function seedObjects(): Promise<KubeObject[]> {
  const files = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.yaml')).sort()
  const texts = await Promise.all(files.map((name) => readFile(join(DIRECTORY, name), 'utf8')))
  return texts.flatMap((text) => loadAll(text) as KubeObject[])
}

function collectionOf(object: KubeObject, plurals: ReadonlyMap<string, string>): string {
  if (object.kind === 'Namespace') return '/api/v1/namespaces'
  const plural = plurals.get(object.kind)
  if (plural === undefined) throw new Error(`The cluster does not serve the kind ${object.kind}.`)
  const [all, at] = [collectionPath(object.apiVersion, plural), `/${plural}`]
  return `${all.slice(0, -at.length)}/namespaces/${object.metadata.namespace}${at}`
}
