/**
 * The environment of all functions on Bun.
 */
import { readFileSync } from 'node:fs'
import type { Environment, Fetcher, Workers } from '../../../shared/runtime/environment.ts'
import type { Authorities } from './authorities.ts'
import type { Callers } from './callers.ts'
import type { Cluster } from './cluster.ts'
import { CERTIFICATE, collectorFetcher, type Fetch, issuerFetcher, kubeFetcher } from './outbound.ts'
import type { ProxyOf } from './proxy.ts'
import { requestTurns } from './request-turns.ts'
import { createSlices } from './slices.ts'

/** What the environment is made of. */
export interface Surroundings {
  readonly callers: Pick<Callers, 'note' | 'hasOthers'>
  readonly cluster: Cluster
  readonly authorities: Authorities
  readonly proxyOf: ProxyOf
  readonly send: Fetch
  /** Settings by name. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** Names of the settings that functions see. */
  readonly variables: readonly string[]
  /** JSON of the definitions of all functions. */
  readonly catalog: string
  /** Path of the file of each text binding. */
  readonly texts: Readonly<Record<string, string>>
  /** Absent if this process serves alone. */
  readonly workers?: Workers | undefined
}

/** Makes the environment. What only some requests need is read when it is first asked for. */
export function createEnvironment(surroundings: Surroundings): Environment {
  const { callers, cluster, authorities, proxyOf, send, settings, variables, catalog, texts, workers } = surroundings
  const env = {
    ...Object.fromEntries(variables.map((name) => [name, settings[name] ?? null])),
    KUBE: kubeFetcher(cluster, send),
    KUBE_TOKEN: tokenFetcher(cluster),
    WORKERS: workers,
  }
  lazily(env, 'CATALOG', () => JSON.parse(catalog))
  for (const [name, file] of Object.entries(texts)) lazily(env, name, () => readFileSync(file, 'utf8'))
  const bound = env as unknown as Environment
  const turns = requestTurns(bound, callers)
  return Object.assign(env, {
    OIDC: issuerFetcher(bound, authorities, proxyOf, send),
    OTLP: collectorFetcher(bound, authorities, proxyOf, send),
    TURNS: turns,
    SLICES: createSlices({ inProgress: () => turns.taken, hasOthers: callers.hasOthers }),
  })
}

/** A directory that has nothing but the token. */
function tokenFetcher({ token = () => CERTIFICATE }: Cluster): Fetcher {
  return {
    async fetch(input) {
      const { pathname } = new URL(typeof input === 'string' ? input : input.url)
      return pathname === '/token' ? new Response(token()) : new Response(null, { status: 404 })
    },
  }
}

function lazily(target: object, name: string, make: () => unknown): void {
  let value: unknown
  Object.defineProperty(target, name, {
    enumerable: true,
    get() {
      value ??= make()
      return value
    },
  })
}
