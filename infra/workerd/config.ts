/**
 * The configuration of workerd, as Cap'n Proto text: one isolate per function with its bindings and no other way out.
 * @see {@link https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp}
 * @module
 */
import { dirname, join, relative } from 'node:path'
import type { Binding, Settings } from '../bundle/settings.ts'
import { type KubeService, NOWHERE, serviceDefinitions } from './services.ts'

/** File, beside the configuration, of the worker that collects the metrics of all functions. */
export const COLLECTOR = 'collector.js'

/** What to configure. */
export interface WorkerdOptions {
  readonly settings: Settings
  /** Bundle file of every function by name, absolute. */
  readonly bundles: Readonly<Record<string, string>>
  /** Names of the modules that each function loads when they are needed, relative to its bundle file. */
  readonly parts?: Readonly<Record<string, readonly string[]>>
  /** File with the definitions of all functions, JSON, absolute. */
  readonly catalogue: string
  /** Directory that files of text bindings are in, absolute. */
  readonly texts?: string
  /** Directory that the configuration will be in, absolute: what it embeds is named relative to it. */
  readonly directory: string
  /** The function behind the socket (default: gateway, with all others in the same process). */
  readonly entry?: string
  /** The functions in this process (default: all when the entry is the gateway, else the entry alone). */
  readonly include?: readonly string[]
  /** How the API server is reached (default: as in a pod). */
  readonly kube?: KubeService
  /** `host:port` that the socket listens on (default `*:8080`); `--socket-addr http=…` changes it. */
  readonly listen?: string
}

/**
 * The configuration text. Its constant is called `config`; its sockets `http` and, for Prometheus, `metrics` (on loopback
 * until `--socket-addr=metrics=…` says where); its services `kube`, `kube-token`, `oidc` and `fn-<name>` for each function. A
 * bound function that is not in this process is an external HTTP service, whose address is given at the start:
 * `--external-addr fn-<name>=host:port`.
 */
export function workerdConfig(options: WorkerdOptions): string {
  const names = Object.keys(options.bundles).sort()
  const entry = options.entry ?? 'gateway'
  const include = options.include ?? (entry === 'gateway' ? names : [entry])
  const bindings = new Map(include.map((name) => [name, options.settings.bindingsOf(name, names)]))
  const wanted = new Set([NOWHERE, ...[...bindings.values()].flat().flatMap(boundService)])
  const services = Object.entries(serviceDefinitions(options.kube ?? {})).filter(([name]) => wanted.has(name))
  const remote = names.filter((name) => wanted.has(`fn-${name}`) && !include.includes(name))
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
${list([
  ...include.map((name) => `(name = "fn-${name}", worker = .${constant(name)})`),
  ...remote.map((name) => `(name = "fn-${name}", external = (http = ()))`),
  ...services.map(([name, definition]) => `(name = "${name}", ${definition})`),
  '(name = "metrics", worker = .metricsCollector)',
])}
  ],
  sockets = [
    (name = "http", address = "${options.listen ?? '*:8080'}", http = (), service = "fn-${entry}"),
    (name = "metrics", address = "127.0.0.1:0", http = (), service = "metrics"),
  ],
);

const metricsCollector :Workerd.Worker = (
  modules = [(name = "${COLLECTOR}", esModule = embed "${COLLECTOR}")],
  compatibilityDate = "${options.settings.compatibilityDate}",
  bindings = [
${list(include.map((name) => `(name = "${name}", service = (name = "fn-${name}", entrypoint = "metrics"))`))}
  ],
  globalOutbound = "${NOWHERE}",
);

${include.map((name) => workerText(name, bindings.get(name) ?? [], options)).join('\n\n')}
`
}

function workerText(name: string, bindings: readonly Binding[], options: WorkerdOptions): string {
  const { directory, bundles, catalogue, settings, parts = {}, texts = directory } = options
  const embed = (file: string | undefined): string => `embed ${JSON.stringify(relative(directory, file ?? ''))}`
  const flags = settings.compatibilityFlags.map((flag) => JSON.stringify(flag)).join(', ')
  return `const ${constant(name)} :Workerd.Worker = (
  modules = [
${list([
  `(name = "${name}.js", esModule = ${embed(bundles[name])})`,
  ...(parts[name] ?? []).map(
    (part) => `(name = "${part}", esModule = ${embed(join(dirname(bundles[name] ?? ''), part))})`,
  ),
])}
  ],
  compatibilityDate = "${settings.compatibilityDate}",
  compatibilityFlags = [${flags}],
  bindings = [
${list(bindings.map((binding) => bindingText(binding, embed(catalogue), (file) => embed(join(texts, file)))))}
  ],
  globalOutbound = "${NOWHERE}",
);`
}

function bindingText(binding: Binding, catalogue: string, embedText: (file: string) => string): string {
  switch (binding.kind) {
    case 'service':
      return `(name = "${binding.name}", service = "${binding.service}")`
    case 'variable':
      return `(name = "${binding.name}", fromEnvironment = "${binding.name}")`
    case 'catalogue':
      return `(name = "${binding.name}", json = ${catalogue})`
    case 'text':
      return `(name = "${binding.name}", text = ${embedText(binding.file)})`
  }
}

function boundService(binding: Binding): string[] {
  return binding.kind === 'service' ? [binding.service] : []
}

/** Cap'n Proto names are camel case: `data-planes` is the constant `dataPlanesWorker`. */
function constant(name: string): string {
  return `${name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Worker`
}

function list(items: readonly string[]): string {
  return items.map((item) => `    ${item},`).join('\n')
}
