/**
 * The CRDs of infra/crds on an API server.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { PROJECT } from '../../infra/bundle/project.ts'
import type { Kube } from './kube.ts'
import { waitFor } from './processes.ts'

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** Milliseconds in which a kind is served after its CRD was created; tenths of a second on an idle machine. */
const SERVED_MS = 30_000

interface Definition {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly names: { readonly plural: string }
    readonly versions: readonly { readonly name: string; readonly served: boolean }[]
  }
}

/**
 * Creates CRDs and waits until every version of every kind is served.
 * @param kube - With all rights
 * @param directory - Of YAML files, one CRD each (default: infra/crds)
 * @throws {Error} if one is refused
 */
export async function installCrds(kube: Kube, directory: string = join(PROJECT, 'infra', 'crds')): Promise<void> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort()
  const definitions = await Promise.all(
    files.map(async (file) => load(await readFile(join(directory, file), 'utf8')) as Definition),
  )
  await Promise.all(definitions.map((one) => kube.json('POST', `${DEFINITIONS}?fieldValidation=Strict`, one)))
  await Promise.all(definitions.map((one) => served(kube, one)))
}

async function served(kube: Kube, { metadata, spec }: Definition): Promise<void> {
  for (const version of spec.versions.filter(({ served }) => served)) {
    await waitFor(async () => ((await isServed(kube, spec, version.name)) ? true : undefined), {
      what: `${metadata.name} ${version.name} is served`,
      timeoutMs: SERVED_MS,
    })
  }
}

/** Whether requests for the kind are answered and the discovery documents name it, which they do a little later. */
async function isServed(kube: Kube, { group, names }: Definition['spec'], version: string): Promise<boolean> {
  const path = `/apis/${group}/${version}`
  if (!(await kube.request('GET', `${path}/${names.plural}?limit=1`)).ok) return false
  const { groups } = await kube.json<{ groups: { name: string }[] }>('GET', '/apis')
  if (!groups.some(({ name }) => name === group)) return false
  const { resources } = await kube.json<{ resources: { name: string }[] }>('GET', path)
  return resources.some(({ name }) => name === names.plural)
}
