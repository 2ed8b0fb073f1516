/**
 * The command line of `npm start`.
 */
import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { configurationErrors } from '../../shared/auth/index.ts'
import type { Environment } from '../../shared/runtime/environment.ts'
import { invalidOrigins } from '../../shared/server/cors.ts'
import { readTracing } from '../../shared/tracing/settings.ts'
import { EDITION_OPTIONS, EDITION_USAGE, type Edition, editionOf } from '../bundle/edition.ts'
import { demoSettings } from './issuer/identities.ts'

/** The arguments of `npm start`. */
export interface Arguments {
  /** Port on 127.0.0.1, from PORT. */
  readonly port: number
  /** File that keeps the cluster's state and the issuer's keys across restarts. */
  readonly state: string | undefined
  /** Use the cluster of this kubeconfig instead of the embedded one. */
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  /** What is started. */
  readonly edition: Edition
}

/** The usage text. */
export const USAGE = `usage: npm start -- [--state FILE] [--kubeconfig [PATH]] [--context NAME]

  --state FILE         keep the local cluster's objects and the issuer's keys in FILE
  --kubeconfig [PATH]  use a real cluster: PATH, else KUBECONFIG, else ~/.kube/config
  --context NAME       context of the kubeconfig (default: its current one)
  PORT=8787            port on 127.0.0.1 (environment)
  CORS_ORIGINS, …      settings of the server, as infra/README.md lists them (environment)
  OIDC_ISSUER, …       with --kubeconfig: a real issuer instead of the embedded one (environment)
${EDITION_USAGE}`

const DEFAULT_PORT = 8787

/** A command line that is not valid; the message tells the user why. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/**
 * Reads the command line.
 * @param args - The arguments without the program
 * @param env - Environment of the process
 * @throws {UsageError} if it is not valid
 */
export function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { state, context, kubeconfig, edition } = parse(args)
  if (state !== undefined && kubeconfig !== undefined) {
    throw new UsageError('--state cannot be combined with --kubeconfig: it keeps the state of the local cluster.')
  }
  if (context !== undefined && kubeconfig === undefined) throw new UsageError('--context needs --kubeconfig.')
  const port = Number(env.PORT || DEFAULT_PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new UsageError('PORT must be a port number.')
  if (state !== undefined && !statSync(dirname(state), { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`--state ${state}: its directory does not exist.`)
  }
  refuseInvalidSettings(env)
  return { port, state, context, edition, kubeconfig: kubeconfig === '' ? defaultKubeconfig(env) : kubeconfig }
}

/** The server reports wrong settings only in its log, which is not shown. */
function refuseInvalidSettings(env: Readonly<Record<string, string | undefined>>): void {
  const [invalid] = invalidOrigins(env.CORS_ORIGINS)
  if (invalid !== undefined) {
    throw new UsageError(`CORS_ORIGINS: ${invalid} is not an origin such as http://localhost:5173.`)
  }
  // The embedded issuer gets its address only when it starts; any stands for it.
  const settings = { ...(env.OIDC_ISSUER ? {} : demoSettings('http://127.0.0.1')), ...env } as unknown as Environment
  const errors = [...configurationErrors(settings), ...readTracing(settings).errors]
  if (errors.length > 0) throw new UsageError(`${errors.join('.\n')}.`)
}

function parse(args: readonly string[]): {
  readonly state?: string | undefined
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
  readonly edition: Edition
} {
  // parseArgs does not support options with an optional value.
  const given = args.flatMap((arg, index) => {
    const next = args[index + 1]
    return arg === '--kubeconfig' && (next === undefined || next.startsWith('--')) ? ['--kubeconfig='] : [arg]
  })
  try {
    const string = { type: 'string' } as const
    const options = { state: string, context: string, kubeconfig: string, ...EDITION_OPTIONS }
    const { values } = parseArgs({ args: given, options, allowPositionals: false })
    return { ...values, edition: editionOf(values) }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function defaultKubeconfig(env: Readonly<Record<string, string | undefined>>): string {
  return env.KUBECONFIG || join(homedir(), '.kube', 'config')
}
