/**
 * CRDs on an API server: those of infra/crds, and of others.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { PROJECT } from '../../../infra/bundle/project.ts'
import type { Kube } from './kube.ts'
import { waitFor } from './processes.ts'

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** Milliseconds in which a kind is served after its CRD was created; tenths of a second on an idle machine. */
const SERVED_MS = 30_000

interface Definition {
  readonly kind: 'CustomResourceDefinition'
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
 * @param directory - Of YAML files (default: infra/crds); what is no CRD in them is left out
 * @throws {Error} if one is refused
 */
export async function installCrds(kube: Kube, directory: string = join(PROJECT, 'infra', 'crds')): Promise<void> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort()
  const documents = await Promise.all(files.map(async (file) => loadAll(await readFile(join(directory, file), 'utf8'))))
  const definitions = documents.flat().filter(isDefinition)
  await Promise.all(definitions.map((one) => kube.json('POST', `${DEFINITIONS}?fieldValidation=Strict`, one)))
  await Promise.all(definitions.map((one) => served(kube, one)))
}

function isDefinition(document: unknown): document is Definition {
  return (document as Partial<Definition> | null)?.kind === 'CustomResourceDefinition'
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
