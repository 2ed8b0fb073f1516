/**
 * The command line of `npm start`.
 * @module
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isOrigin, originsIn } from '../../shared/server/cors.ts'

/** What `npm start` is asked to do. */
export interface Arguments {
  /** Port of 127.0.0.1; from PORT. */
  readonly port: number
  /** File that keeps the state of the cluster and the keys of the issuer over restarts. */
  readonly state: string | undefined
  /** Use the cluster of this kubeconfig instead of the embedded one. */
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

/** How to use it, for people. */
export const USAGE = `usage: npm start -- [--state FILE] [--kubeconfig [PATH]] [--context NAME]

  --state FILE         keep the objects of the local cluster and the issuer's keys in FILE
  --kubeconfig [PATH]  use a real cluster: PATH, else KUBECONFIG, else ~/.kube/config
  --context NAME       context of the kubeconfig (default: its current one)
  PORT=8787            port on 127.0.0.1 (environment)
  CORS_ORIGINS, …      settings of the server, as infra/README.md lists them (environment)
  OIDC_ISSUER, …       with --kubeconfig: a real issuer instead of the embedded one (environment)`

const DEFAULT_PORT = 8787

/** The command line cannot be understood; the message is for people. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/**
 * Reads the command line.
 * @param args - Without the program
 * @param env - Environment of the process
 * @throws {UsageError} if it cannot be understood
 */
export function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { state, context, kubeconfig } = parse(args)
  if (state !== undefined && kubeconfig !== undefined) {
    throw new UsageError('--state keeps the local cluster; it has no meaning with --kubeconfig')
  }
  if (context !== undefined && kubeconfig === undefined) throw new UsageError('--context needs --kubeconfig')
  const port = Number(env.PORT || DEFAULT_PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new UsageError('PORT must be a port number')
  // The server leaves out what is none and says so in its log only, which is not shown.
  for (const origin of originsIn(env.CORS_ORIGINS ?? '')) {
    if (!isOrigin(origin)) throw new UsageError(`CORS_ORIGINS: ${origin} is no origin such as http://localhost:5173`)
  }
  return { port, state, context, kubeconfig: kubeconfig === '' ? defaultKubeconfig(env) : kubeconfig }
}

function parse(args: readonly string[]): { state?: string; context?: string; kubeconfig?: string } {
  // parseArgs has no options whose value may be missing.
  const given = args.flatMap((arg, index) => {
    const next = args[index + 1]
    return arg === '--kubeconfig' && (next === undefined || next.startsWith('--')) ? ['--kubeconfig='] : [arg]
  })
  try {
    const options = { state: { type: 'string' }, context: { type: 'string' }, kubeconfig: { type: 'string' } } as const
    return parseArgs({ args: given, options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function defaultKubeconfig(env: Readonly<Record<string, string | undefined>>): string {
  return env.KUBECONFIG || join(homedir(), '.kube', 'config')
}
