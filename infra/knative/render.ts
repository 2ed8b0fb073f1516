/**
 * `node build.mjs render`: an installation as YAML, for kubectl, Kustomize, Flux or Argo CD.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { dump, loadAll } from 'js-yaml'
import { type Build, buildAll } from '../bundle/build.ts'
import { EDITION_OPTIONS, EDITION_USAGE, editionOf } from '../bundle/edition.ts'
import { catalog } from '../bundle/manifest.ts'
import { HASH_ANNOTATION, type Installed, labels, type Manifest, versionLabel } from './objects.ts'
import { plainObjects } from './plain.ts'
import { httpRoutes } from './routes.ts'
import { knativeObjects } from './services.ts'
import { FORMS, type Form, isForm } from './values/form.ts'
import { type InstallValues, invalidValues, readValues } from './values.ts'

/** The usage text. */
export const RENDER_USAGE = `usage: node build.mjs render [--form knative|plain] [--values FILE]... [--set path=value]... [--previous FILE]

  --form      knative (default): one Service per function; plain: one Deployment, for clusters without Knative
  --values    YAML file of values; infra/README.md lists them
  --set       one value, e.g. --set image=registry.example/kaphera-cloud-server@sha256:…
  --previous  output for the last release: functions that have not changed keep their image and revision
${EDITION_USAGE}`

/**
 * Prints the manifests.
 * @param args - The command line
 */
export async function renderCommand(args: readonly string[]): Promise<void> {
  const { values: options } = parseArgs({
    args: [...args],
    options: {
      form: { type: 'string', default: 'knative' },
      values: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      previous: { type: 'string' },
      ...EDITION_OPTIONS,
    },
  })
  if (!isForm(options.form)) throw new Error(`--form must be ${FORMS.join(' or ')}`)
  const values = await readValues(options.values, options.set, options.form)
  if (options.previous !== undefined && options.form === 'plain') throw new Error('--previous needs --form knative')
  const previous = options.previous === undefined ? [] : await readPrevious(options.previous, values.namespace)
  console.log(toYaml(render(await buildAll({ edition: editionOf(options) }), values, options.form, previous)))
}

/**
 * Reads the output for the last release.
 * @throws {Error} if it has no function of the installation: every function would silently get the new image
 */
export async function readPrevious(file: string, namespace: string): Promise<Manifest[]> {
  const objects = loadAll(await readFile(file, 'utf8')) as Manifest[]
  if (objects.some((object) => object?.metadata?.namespace === namespace && imageByHash(object).length > 0))
    return objects
  throw new Error(
    `--previous ${file}: must be what "render" printed for the last release, but no Service of a function in the namespace ${namespace} is in it`,
  )
}

/**
 * The objects of an installation.
 * @param previous - The objects that were rendered for the last release
 */
export function render(
  build: Build,
  values: InstallValues,
  form: Form,
  previous: readonly Manifest[] = [],
): Manifest[] {
  const functions = installedFunctions(build, values, previous)
  const names = functions.map(({ name }) => name)
  const unknown = [
    ...unknownKeys('functions', values.functions, names),
    ...unknownKeys('serviceAccounts.names', values.serviceAccounts.names, form === 'plain' ? ['server'] : names),
  ]
  if (unknown.length > 0) throw invalidValues(unknown)
  const namespace: Manifest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: values.namespace,
      labels: {
        ...labels('namespace'),
        ...versionLabel(),
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
    },
  }
  if (form === 'plain') return [namespace, ...plainObjects(values, functions, overallHash(functions))]
  return [
    namespace,
    ...knativeObjects(values, functions),
    ...(values.entry === 'httproute' ? httpRoutes(values, catalog(build.bundles)) : []),
  ]
}

/** The errors of keys of a value that are not among the names that it can have. */
function unknownKeys(path: string, value: object, names: readonly string[]): string[] {
  const unknown = Object.keys(value).filter((key) => !names.includes(key))
  return unknown.length === 0 ? [] : [`${path}: there is no ${unknown.join(', ')}`]
}

/**
 * All functions with their hashes and images.
 * @param previous - Knative Services as last rendered, or as they run; a function that has not changed keeps its image
 */
export function installedFunctions(
  build: Build,
  values: Pick<InstallValues, 'image'>,
  previous: readonly Manifest[],
): Installed[] {
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

/** One hash of all functions. */
export function overallHash(functions: readonly Installed[]): string {
  return createHash('sha256')
    .update(functions.map(({ hash }) => hash).join('\n'))
    .digest('hex')
}

/** Several objects as one YAML stream. */
export function toYaml(objects: readonly Manifest[]): string {
  return objects.map((object) => dump(object, { noRefs: true, lineWidth: 120 })).join('---\n')
}
