/**
 * The same functions and bindings for Miniflare, which `npm start` and tests use.
 */
import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare'
import { type Bundle, bundleFunctions } from '../bundle/bundle.ts'
import { catalog } from '../bundle/manifest.ts'
import { type Binding, readSettings, type Settings } from '../bundle/settings.ts'
import { makeTexts, type Texts, textOf } from '../bundle/texts.ts'
import type { Runtime } from './runtime.ts'

type MiniflareBinding = NonNullable<WorkerOptions['config']['env']>[string]

/** The worker that gets every request without a binding. It refuses all. */
const NOWHERE = 'nowhere'

/** What the bindings lead to. */
export interface Surroundings {
  /** The API server: `http://` or `https://` with host and port; for https also the CAs to trust, as PEM. */
  readonly kube: { readonly url: string; readonly ca?: string }
  /** Directory that has the ServiceAccount's `token`. */
  readonly tokenDirectory: string
  /** Environment variables by name; functions see a missing one as null. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** All functions (default: bundled now). */
  readonly bundles?: readonly Bundle[]
  /** Contents of their text bindings, by file name (default: built now). */
  readonly texts?: Texts
  /** Their bindings (default: the project's). */
  readonly settings?: Settings
  /** The function that gets the requests (default: gateway). */
  readonly entry?: string
  /**
   * Port of 127.0.0.1 on which that function itself listens (0: any), as in production. Miniflare's own server would request
   * compressed answers even for clients that do not accept them. `unsafeGetDirectURL()` returns the address.
   */
  readonly port?: number
  /**
   * Module of a worker that gets the requests instead, and reaches the function by its binding `SERVER`. Only for what is part of
   * no deployment.
   */
  readonly front?: string
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
  // Miniflare sends all requests to its first worker.
  const entryFirst = [...bundles].sort((a, b) => Number(b.name === entry) - Number(a.name === entry))
  const names = bundles.map(({ name }) => name)
  const workers = entryFirst.map((bundle): WorkerOptions => {
    const bindings = settings.bindingsOf(bundle.name, names)
    const env = Object.fromEntries(
      bindings.map((binding) => [binding.name, bound(binding, surroundings, bundles, texts)]),
    )
    const isFirst = bundle.name === entry && surroundings.front === undefined
    return worker(`fn-${bundle.name}`, bundle, settings, env, isFirst ? surroundings.port : undefined)
  })
  const front = frontWorker(surroundings, settings, `fn-${entry}`)
  return {
    workers: [...front, ...workers, worker(NOWHERE, { code: REFUSE, parts: {} }, settings, {})],
    enableDevRegistry: false,
    telemetry: { enabled: false },
  }
}

function frontWorker({ front, port }: Surroundings, settings: Settings, server: string): WorkerOptions[] {
  if (front === undefined) return []
  return [worker('front', { code: front, parts: {} }, settings, { SERVER: { type: 'worker', worker: server } }, port)]
}

/** All functions in Miniflare. */
export const startMiniflare: Runtime = async ({
  kube,
  tokenDirectory,
  bundles,
  texts,
  settings,
  env,
  port,
  front,
  onLine,
}) => {
  const functions = await miniflareOptions({
    kube: { url: kube },
    tokenDirectory,
    ...(bundles && { bundles }),
    ...(texts && { texts }),
    ...(settings && { settings }),
    env,
    port,
    ...(front !== undefined && { front }),
  })
  const miniflare = new Miniflare({
    ...functions,
    host: '127.0.0.1',
    port: 0,
    handleStructuredLogs: ({ message }: { message: string }) => onLine?.(message),
  })
  try {
    await miniflare.ready
    return { url: (await miniflare.unsafeGetDirectURL()).origin, stop: () => miniflare.dispose() }
  } catch (error) {
    await miniflare.dispose()
    throw error
  }
}

/** Target of global fetch(). */
const REFUSE = `export default { fetch() { throw new Error('a function can reach only its bindings') } }`

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
    case 'catalog':
      return { type: 'json', value: JSON.parse(JSON.stringify(catalog(bundles))) }
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
    case 'otlp':
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
