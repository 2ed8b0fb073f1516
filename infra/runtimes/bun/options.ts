/**
 * The command line of the single binary.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

/** The text of `--help`. */
export const USAGE = `usage: kaphera-cloud-server [FLAG]...

  --listen HOST:PORT           address for clients (default *:8080)
  --metrics HOST:PORT          address for Prometheus (default: none)
  --kube URL                   address of the API server (default https://kubernetes.default.svc; http only on loopback)
  --service-account DIRECTORY  directory with the files token and ca.crt (default: as in a pod)
  --kubeconfig FILE            API server and credentials outside a cluster, in place of the two flags above
  --context NAME               context of the kubeconfig (default: its current-context)
  --function NAME              serve this function only; gateway, apply, overview and watch call others at FUNCTION_HOST
  --workers N                  number of processes that serve, or auto for one per available CPU (default 1)
  --check                      check settings, cluster and issuers, print the result and exit
  --token FILE                 check the access token in this file too (-: standard input)
  --version                    print the version and exit
  --help                       print this text and exit

Settings are environment variables; OIDC_ISSUER and OIDC_AUDIENCE are required.
Exit codes: 0 success; 1 --check found an error; 2 wrong flags; 78 wrong settings or kubeconfig.`

/** Where the API server and its credentials come from. */
export type ClusterSource =
  | { readonly kubeconfig: string; readonly context: string | undefined }
  | { readonly address: URL; readonly serviceAccount: string }

/** What the process has to do. */
export type Options = { readonly print: 'help' | 'version' } | ServerOptions

/** How to serve, or what to check. */
export interface ServerOptions {
  readonly print?: undefined
  readonly listen: string
  readonly metrics: string | undefined
  readonly check: boolean
  /** File with an access token to check, `-` for standard input. */
  readonly token: string | undefined
  /** Name of the only function to serve; absent: all functions. */
  readonly only: string | undefined
  /** Number of processes that serve. */
  readonly workers: number
  /** The number of this process, if it is one of them. Only their parent sets it, so --help does not list it. */
  readonly worker: number | undefined
  readonly cluster: ClusterSource
}

/**
 * Parses the command line.
 * @throws {TypeError} naming the flag and its rule
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      listen: { type: 'string', default: '*:8080' },
      metrics: { type: 'string' },
      kube: { type: 'string' },
      'service-account': { type: 'string' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      function: { type: 'string' },
      workers: { type: 'string', default: '1' },
      worker: { type: 'string' },
      check: { type: 'boolean', default: false },
      token: { type: 'string' },
      version: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help || values.version) return { print: values.help ? 'help' : 'version' }
  const { listen, metrics, check, token, function: only, kube, kubeconfig, context } = values
  const worker = values.worker === undefined ? undefined : Number(values.worker)
  const process = { listen, metrics, check, token, only, workers: numberOfWorkers(values.workers), worker }
  for (const [flag, address] of Object.entries({ listen, metrics })) {
    if (address !== undefined && !isListenAddress(address))
      throw new TypeError(`--${flag} must be HOST:PORT, such as *:8080`)
  }
  if (token !== undefined && !check) throw new TypeError('--token requires --check')
  if (kubeconfig === undefined) {
    if (context !== undefined) throw new TypeError('--context requires --kubeconfig')
    const {
      kube: address = 'https://kubernetes.default.svc',
      'service-account': serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount',
    } = values
    return { ...process, cluster: { address: kubeAddress(address, '--kube'), serviceAccount } }
  }
  if (kube !== undefined || values['service-account'] !== undefined) {
    throw new TypeError('--kubeconfig cannot be combined with --kube or --service-account')
  }
  return { ...process, cluster: { kubeconfig, context } }
}

/**
 * The address of an API server.
 * @param name - What an error calls it
 * @throws {TypeError} if it is not secure
 */
export function kubeAddress(text: string, name: string): URL {
  const url = URL.parse(text)
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '')
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) return url
  throw new TypeError(`${name} must be an https URL (http only on loopback)`)
}

/** The CPUs that are available are those that affinity and the cgroup leave to this process. */
function numberOfWorkers(text: string): number {
  if (text === 'auto' || text === '0') return availableParallelism()
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new TypeError('--workers must be a number from 1 to 999, or auto')
  return Number(text)
}

function isListenAddress(text: string): boolean {
  const [, port] = /^(?:\*|\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? []
  return port !== undefined && Number(port) <= 65_535
}
