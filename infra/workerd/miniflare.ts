/**
 * The same functions and bindings for Miniflare, as local emulation and tests use them.
 * @module
 */
import type { MiniflareOptions, WorkerOptions } from 'miniflare'
import { type Bundle, bundleFunctions } from '../bundle/bundle.ts'
import { catalogue } from '../bundle/manifest.ts'
import { type Binding, readSettings, type Settings } from '../bundle/settings.ts'
import { makeTexts, type Texts, textOf } from '../bundle/texts.ts'
import { NOWHERE } from './services.ts'

type MiniflareBinding = NonNullable<WorkerOptions['config']['env']>[string]

/** What stands behind the bindings. */
export interface Surroundings {
  /** The API server: `http://` or `https://` with host and port; for https also the authorities to trust, in PEM. */
  readonly kube: { readonly url: string; readonly ca?: string }
  /** Directory that has the ServiceAccount's `token`. */
  readonly tokenDirectory: string
  /** Environment variables by name; a variable that is not here is null for the functions. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** All functions (default: bundled now). */
  readonly bundles?: readonly Bundle[]
  /** What their text bindings hold, by file name (default: made now). */
  readonly texts?: Texts
  /** Their bindings (default: the project's). */
  readonly settings?: Settings
  /** The function that answers requests (default: gateway). */
  readonly entry?: string
  /**
   * Port of 127.0.0.1 on which that function itself listens (0: any), as in production: Miniflare's own server asks for compressed
   * answers in the name of clients that have not. `unsafeGetDirectURL()` says where.
   */
  readonly port?: number
}

/**
 * Options for `new Miniflare({ ...options, host, port })`: all functions, each in its own isolate with only its bindings.
 * @throws {Error} if the functions do not bundle
 */
export async function miniflareOptions(surroundings: Surroundings): Promise<MiniflareOptions> {
  const settings = surroundings.settings ?? (await readSettings())
  const bundles = surroundings.bundles ?? (await bundleFunctions())
  const texts = surroundings.texts ?? (await makeTexts(bundles))
  const entry = surroundings.entry ?? 'gateway'
  // Miniflare sends requests to its first worker.
  const entryFirst = [...bundles].sort((a, b) => Number(b.name === entry) - Number(a.name === entry))
  const names = bundles.map(({ name }) => name)
  const workers = entryFirst.map((bundle): WorkerOptions => {
    const bindings = settings.bindingsOf(bundle.name, names)
    const env = Object.fromEntries(
      bindings.map((binding) => [binding.name, bound(binding, surroundings, bundles, texts)]),
    )
    return worker(`fn-${bundle.name}`, bundle, settings, env, bundle.name === entry ? surroundings.port : undefined)
  })
  return {
    workers: [...workers, worker(NOWHERE, { code: REFUSE, parts: {} }, settings, {})],
    enableDevRegistry: false,
    telemetry: { enabled: false },
  }
}

/** What global fetch() reaches: in workerd's own configuration that is a network that allows no address. */
const REFUSE = `export default { fetch() { throw new Error('this function has no way out but its bindings') } }`

function worker(
  name: string,
  { code, parts }: Pick<Bundle, 'code' | 'parts'>,
  settings: Settings,
  env: Record<string, MiniflareBinding>,
  port?: number,
): WorkerOptions {
  const modules = Object.entries({ [`${name}.js`]: code, ...parts })
  return {
    config: {
      name,
      compatibilityDate: settings.compatibilityDate,
      compatibilityFlags: [...settings.compatibilityFlags],
      manifest: {
        mainModule: `${name}.js`,
        modules: Object.fromEntries(modules.map(([path, contents]) => [path, { type: 'esm', contents }])),
      },
      env,
    },
    dev: {
      outboundService: { type: 'worker', worker: NOWHERE },
      unsafeRegisterWorker: false,
      ...(port !== undefined && { unsafeDirectSockets: [{ host: '127.0.0.1', port }] }),
    },
  }
}

function bound(
  binding: Binding,
  surroundings: Surroundings,
  bundles: readonly Bundle[],
  texts: Texts,
): MiniflareBinding {
  switch (binding.kind) {
    case 'variable':
      return { type: 'json', value: surroundings.env?.[binding.name] ?? null }
    case 'catalogue':
      return { type: 'json', value: JSON.parse(JSON.stringify(catalogue(bundles))) }
    case 'text':
      return { type: 'text', value: textOf(texts, binding.file) }
    case 'service':
      return service(binding.service, surroundings)
  }
}

function service(name: string, { kube, tokenDirectory }: Surroundings): MiniflareBinding {
  switch (name) {
    case 'kube':
      return kubeService(kube)
    case 'kube-token':
      return { type: 'disk', path: tokenDirectory }
    case 'oidc':
      return { type: 'network', allow: ['public', 'private'], tlsOptions: { trustBrowserCas: true } }
    default:
      return { type: 'worker', worker: name }
  }
}

function kubeService({ url, ca }: Surroundings['kube']): MiniflareBinding {
  const { protocol, hostname, port } = new URL(url)
  if (protocol === 'http:') return { type: 'external', address: `${hostname}:${port || 80}`, http: {} }
  const tlsOptions = ca === undefined ? { trustBrowserCas: true } : { trustedCertificates: [ca] }
  return {
    type: 'external',
    address: `${hostname}:${port || 443}`,
    https: { options: {}, tlsOptions, certificateHost: hostname },
  }
}
