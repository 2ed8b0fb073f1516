/**
 * The single binary.
 */

import { catalog, functions, texts, variables, version } from 'kaphera:functions'
import { configurationErrors } from '../../../shared/auth/index.ts'
import type { Environment, Fetcher } from '../../../shared/runtime/environment.ts'
import { labelLog, log } from '../../../shared/runtime/log.ts'
import { invalidOrigins, isOrigin } from '../../../shared/server/cors.ts'
import { readTracing } from '../../../shared/tracing/settings.ts'
import { oneFunction, oneProcess } from '../one-process.ts'
import { type Authorities, type AuthoritiesOptions, createAuthorities } from './authorities.ts'
import { createCallers } from './callers.ts'
import { type Cluster, clusterOfPod } from './cluster.ts'
import { digestAtOnce } from './digest.ts'
import { createEnvironment } from './environment.ts'
import { functionFetcher } from './function-fetcher.ts'
import { serveMetrics } from './metrics.ts'
import { misspelled } from './misspelled.ts'
import { type ClusterSource, parseOptions, type ServerOptions, USAGE } from './options.ts'
import { type Fetch, takeFetch } from './outbound.ts'
import { createProxy, type ProxyOf, type ProxySettings } from './proxy.ts'
import { serveHttp } from './server.ts'
import { onSignals, shutDown, surviveExceptions } from './shutdown.ts'
import type { Parent } from './workers/worker.ts'

/** The exit code for wrong settings: EX_CONFIG of sysexits.h, at which a service manager need not try again. */
const WRONG_SETTINGS = 78
/** The exit code for wrong flags, at which it need not try again either. */
const WRONG_FLAGS = 2
/** The exit code for anything else, such as an address in use, which may pass. */
const FAILED = 1

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.print !== undefined) {
    console.log(options.print === 'help' ? USAGE : version)
    return
  }
  const all = takeVariables()
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: directories, HTTPS_PROXY, NO_PROXY, ...settings } = all
  const proxyOf = openProxy({ address: HTTPS_PROXY, exceptions: NO_PROXY })
  const send = takeFetch()
  digestAtOnce()
  const parent = await parentOf(options)
  const cluster = await openCluster(options.cluster, { file, directories })
  const callers = createCallers()
  const env = createEnvironment({
    ...cluster,
    callers,
    proxyOf,
    send,
    settings,
    variables,
    catalog,
    texts,
    workers: parent?.workers,
  })
  const suspects = misspelled(Object.keys(settings), variables)
  const errors = settingErrors(env, cluster.cluster)
  if (errors.length > 0) throw new SettingsError([...errors, ...suspects].join('\n'))
  const stopping = new AbortController()
  const after = new Set<Promise<unknown>>()
  const ctx = {
    stopping: stopping.signal,
    waitUntil(work: Promise<unknown>) {
      const known = work.catch(() => undefined).finally(() => after.delete(known))
      after.add(known)
    },
  }
  const { only } = options
  const { fetch } =
    only === undefined ? oneProcess(functions, env, ctx) : oneFunction(only, functions, env, ctx, elsewhere(env, send))
  if (options.check) {
    const { check } = await import('./check.ts')
    // The lines say all that the log says of a failure.
    labelLog({}, () => undefined)
    const { origin, pathname } = cluster.cluster.address
    const checked = { cluster: origin + pathname.replace(/\/$/, ''), token: options.token, misspelled: suspects }
    process.exitCode = (await check(env, ctx, console.log, checked)) ? 0 : 1
    return
  }
  for (const text of suspects) log('warn', text)
  surviveExceptions()
  if (options.workers > 1 && parent === undefined) {
    const { serveByWorkers } = await import('./workers/serve.ts')
    const names = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTPS_PROXY', 'NO_PROXY', ...variables]
    return serveByWorkers(options, env, Object.fromEntries(names.map((name) => [name, all[name]])), version)
  }
  const handle = async (request: Request): Promise<Response> => {
    const response = await fetch(request)
    if (stopping.signal.aborted) response.headers.set('Connection', 'close')
    return response
  }
  const server = serveHttp({ listen: options.listen, isShared: parent !== undefined, callers, env, handle })
  const servers = [server]
  const serving = { servers, stopping, after }
  if (parent !== undefined) {
    onSignals(
      () => shutDown(serving),
      () => undefined,
    )
    parent.onEnd(() => shutDown(serving))
    return parent.listening(server.port)
  }
  if (options.metrics !== undefined) servers.push(serveMetrics(options.metrics, () => metricsOfThis(only)))
  log('info', 'The server listens.', { version, ports: servers.map(({ port }) => port) })
  onSignals(() => shutDown(serving), process.exit)
}

/** The parent, if this process is a worker. */
async function parentOf({ worker, workers }: ServerOptions): Promise<Parent | undefined> {
  if (worker === undefined) return undefined
  const { joinParent } = await import('./workers/worker.ts')
  return joinParent(worker, workers)
}

/** Settings with which the server cannot work; the message has a line for each. */
class SettingsError extends Error {
  override readonly name: string = 'SettingsError'
}

/** The cluster and the authorities. @throws {SettingsError} if a kubeconfig cannot be used */
async function openCluster(
  source: ClusterSource,
  files: Pick<AuthoritiesOptions, 'file' | 'directories'>,
): Promise<{ cluster: Cluster; authorities: Authorities }> {
  if (!('kubeconfig' in source)) {
    const authorities = createAuthorities({ ...files, serviceAccount: source.serviceAccount })
    return { cluster: clusterOfPod({ ...source, authorities }), authorities }
  }
  const authorities = createAuthorities({ ...files, serviceAccount: undefined })
  const { clusterOfKubeconfig } = await import('./kubeconfig.ts')
  const cluster = await clusterOfKubeconfig(source.kubeconfig, source.context, authorities).catch((error: Error) => {
    throw new SettingsError(error.message)
  })
  return { cluster, authorities }
}

/** @throws {SettingsError} if the address of the proxy is wrong */
function openProxy(settings: ProxySettings): ProxyOf {
  try {
    return createProxy(settings)
  } catch (error) {
    throw new SettingsError((error as Error).message)
  }
}

/** The errors of all settings, each with the name of its setting. */
function settingErrors(env: Environment, cluster: Cluster): string[] {
  const errors = [...configurationErrors(env), ...readTracing(env).errors]
  const [invalid] = invalidOrigins(env.CORS_ORIGINS)
  if (invalid !== undefined) errors.push(`CORS_ORIGINS must be origins such as https://console.example, not ${invalid}`)
  if (env.PUBLIC_URL && !isOrigin(env.PUBLIC_URL.replace(/\/$/, ''))) {
    errors.push('PUBLIC_URL must be an origin such as https://api.example')
  }
  if (cluster.certificate !== undefined && env.KUBE_IDENTITY === 'caller') {
    errors.push('KUBE_IDENTITY must not be caller with a client certificate, which would speak for every caller')
  }
  return errors
}

/** The environment variables, taken away from the runtime, which would find proxies in them. */
function takeVariables(): Record<string, string | undefined> {
  const variables = { ...process.env }
  for (const name of Object.keys(variables)) delete process.env[name]
  return variables
}

/** How functions in other processes are called, if the settings say where they are. */
function elsewhere({ FUNCTION_HOST: host }: Environment, send: Fetch): ((name: string) => Fetcher) | undefined {
  return host ? (name) => functionFetcher(host.replace('{name}', name), send) : undefined
}

async function metricsOfThis(only: string | undefined): Promise<string> {
  const { metricsText } = await import('../../../shared/runtime/metrics-text.ts')
  return metricsText(only ?? 'all')
}

// Not awaited at the top level: the module for the image is not an ES module.
main().catch((error: unknown) => {
  // What reads flags throws TypeErrors, as parseArgs does.
  const isFlag = error instanceof TypeError
  const message = error instanceof Error ? error.message : String(error)
  for (const line of message.split('\n')) console.error(`kaphera-cloud-server: ${line}`)
  if (isFlag) console.error('kaphera-cloud-server: --help lists the flags')
  process.exit(isFlag ? WRONG_FLAGS : error instanceof SettingsError ? WRONG_SETTINGS : FAILED)
})
