/**
 * `node build.mjs render`: an installation as YAML, for kubectl, Kustomize, Flux or Argo CD.
 * @module
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { dump, loadAll } from 'js-yaml'
import { type Build, buildAll } from '../bundle/build.ts'
import { catalogue } from '../bundle/manifest.ts'
import { HASH_ANNOTATION, type Installed, labels, type Manifest } from './objects.ts'
import { plainObjects } from './plain.ts'
import { httpRoutes } from './routes.ts'
import { knativeObjects } from './services.ts'
import { type InstallValues, readValues } from './values.ts'

/** How the server is installed. */
export type Form = 'knative' | 'plain'

/** How to use it, for people. */
const USAGE = `usage: node build.mjs render [--form knative|plain] [--values FILE]... [--set path=value]... [--previous FILE]

  --form      knative (default): one Service a function; plain: one Deployment, for clusters without Knative
  --values    YAML file of values; infra/knative/values.ts has all with their rules
  --set       one value, e.g. --set image=registry.example/kaphera-cloud-server@sha256:…
  --previous  what was rendered for the last release: functions that have not changed keep their image and revision`

/**
 * Prints the manifests.
 * @param args - Of the command line
 */
export async function renderCommand(args: readonly string[]): Promise<void> {
  const { values: options } = parseArgs({
    args: [...args],
    options: {
      form: { type: 'string', default: 'knative' },
      values: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      previous: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (options.help) return console.log(USAGE)
  if (options.form !== 'knative' && options.form !== 'plain') throw new Error(`--form must be knative or plain`)
  const values = await readValues(options.values, options.set)
  const previous =
    options.previous === undefined ? [] : (loadAll(await readFile(options.previous, 'utf8')) as Manifest[])
  console.log(toYaml(render(await buildAll(), values, options.form, previous)))
}

/**
 * The objects of an installation.
 * @param previous - Objects of the last release
 */
export function render(
  build: Build,
  values: InstallValues,
  form: Form,
  previous: readonly Manifest[] = [],
): Manifest[] {
  const functions = installedFunctions(build, values, previous)
  const namespace: Manifest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: values.namespace,
      labels: { ...labels('namespace'), 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  }
  if (form === 'plain') return [namespace, ...plainObjects(values, functions, overallHash(functions))]
  return [
    namespace,
    ...knativeObjects(values, functions),
    ...(values.entry === 'httproute' ? httpRoutes(values, catalogue(build.bundles)) : []),
  ]
}

/**
 * All functions with their hashes and images.
 * @param previous - Knative Services, as rendered before or as they run; a function that is still the same keeps its image
 */
export function installedFunctions(build: Build, values: InstallValues, previous: readonly Manifest[]): Installed[] {
  const images = new Map(previous.flatMap(imageByHash))
  return build.bundles.map(({ name, definition }) => {
    const { hash = '', bindings = [] } = build.manifest[name] ?? {}
    const calls = bindings.flatMap((binding) =>
      binding.kind === 'service' && binding.service.startsWith('fn-') ? [binding.service.slice('fn-'.length)] : [],
    )
    return { name, hash, rbac: definition.rbac, calls, image: images.get(hash) ?? values.image }
  })
}

function imageByHash(object: Manifest): [string, string][] {
  if (object?.apiVersion !== 'serving.knative.dev/v1' || object.kind !== 'Service') return []
  const template = (object.spec as KnativeSpec).template
  const hash = template.metadata.annotations?.[HASH_ANNOTATION]
  const image = template.spec.containers[0]?.image
  return hash === undefined || image === undefined ? [] : [[hash, image]]
}

interface KnativeSpec {
  readonly template: {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
    readonly spec: { readonly containers: readonly { readonly image?: string }[] }
  }
}

function overallHash(functions: readonly Installed[]): string {
  return createHash('sha256')
    .update(functions.map(({ hash }) => hash).join('\n'))
    .digest('hex')
}

/** Several objects as one YAML stream. */
export function toYaml(objects: readonly Manifest[]): string {
  return objects.map((object) => dump(object, { noRefs: true, lineWidth: 120 })).join('---\n')
}
