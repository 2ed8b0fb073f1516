/**
 * The cluster of a kubeconfig, for running outside the cluster.
 * @see {@link https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/}
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isObject, type JsonObject } from '../../../shared/kind/object.ts'
import type { Authorities } from './authorities.ts'
import type { Cluster } from './cluster.ts'
import { kubeAddress } from './options.ts'

/** Fields of a cluster that would weaken or redirect its connection. */
const CLUSTER_FIELDS = ['insecure-skip-tls-verify', 'tls-server-name', 'proxy-url']
/** Fields of a user with credentials that a server without a person and a shell cannot use. */
const USER_FIELDS = ['exec', 'auth-provider', 'username', 'password', 'as', 'as-uid', 'as-groups', 'as-user-extra']

/**
 * Reads a kubeconfig. Files that it names are relative to it. Tokens in files are read again when they are used.
 * @param file - Its path
 * @param context - Name of a context (default: `current-context`)
 * @param authorities - Trusted if the cluster names no authority
 * @throws {Error} with the field and the rule that is broken
 */
export async function clusterOfKubeconfig(
  file: string,
  context: string | undefined,
  authorities: Authorities,
): Promise<Cluster> {
  const config = await parse(file)
  const name = context ?? text(config, 'current-context')
  if (name === undefined) throw new Error(`${file} has no current-context; use --context`)
  const chosen = entry(file, config, 'contexts', 'context', name)
  const cluster = entry(file, config, 'clusters', 'cluster', text(chosen, 'cluster') ?? '')
  const user = entry(file, config, 'users', 'user', text(chosen, 'user') ?? '')
  reject(file, 'cluster', cluster, CLUSTER_FIELDS)
  reject(file, 'user', user, USER_FIELDS)

  const read = (path: string, field: string): string => {
    try {
      return readFileSync(resolve(dirname(file), path), 'utf8')
    } catch (error) {
      throw new Error(`${file}: ${field} cannot be read: ${(error as Error).message}`, { cause: error })
    }
  }
  const pem = (fields: JsonObject, field: string): string | undefined => {
    const data = text(fields, `${field}-data`)
    const path = text(fields, field)
    return data !== undefined ? Buffer.from(data, 'base64').toString() : path && read(path, field)
  }
  const authority = pem(cluster, 'certificate-authority')
  const base = {
    address: kubeAddress(text(cluster, 'server') ?? '', `${file}: cluster.server`),
    authorities: () => (authority === undefined ? authorities.ofIssuers() : [authority]),
  }
  const token = text(user, 'token')
  const tokenFile = text(user, 'tokenFile')
  if (token !== undefined) return { ...base, token: () => token }
  if (tokenFile !== undefined) return { ...base, token: () => read(tokenFile, 'tokenFile') }
  const cert = pem(user, 'client-certificate')
  const key = pem(user, 'client-key')
  if (cert !== undefined && key !== undefined) return { ...base, certificate: { cert, key } }
  throw new Error(`${file}: user must have token, tokenFile, or client-certificate and client-key`)
}

async function parse(file: string): Promise<JsonObject> {
  const { CORE_SCHEMA, loadAll } = await import('../../../shared/http/yaml-library.ts')
  try {
    const [config] = loadAll(readFileSync(file, 'utf8'), { schema: CORE_SCHEMA })
    if (isObject(config)) return config
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
  }
  throw new Error(`${file} is not a kubeconfig`)
}

/** The entry of a list by its name. */
function entry(file: string, config: JsonObject, list: string, field: string, name: string): JsonObject {
  const entries = Array.isArray(config[list]) ? config[list].filter(isObject) : []
  const found = entries.find((candidate) => candidate.name === name)?.[field]
  if (isObject(found)) return found
  const names = entries.map((candidate) => candidate.name).join(', ')
  throw new Error(`${file}: ${list} has no ${JSON.stringify(name)}; it has ${names || 'none'}`)
}

function reject(file: string, kind: string, fields: JsonObject, names: readonly string[]): void {
  const found = names.find((name) => fields[name] !== undefined && fields[name] !== false)
  if (found === undefined) return
  const advice = kind === 'user' ? '; use a ServiceAccount token (kubectl create token)' : ''
  throw new Error(`${file}: ${kind}.${found} is not supported${advice}`)
}

function text(fields: JsonObject, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
