/**
 * The embedded cluster API: a stand-in for kube-apiserver on loopback that serves the kinds of the CRDs.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { close, listen } from '../loopback.ts'
import { BUILT_IN, CRDS, type Crd, type Kind, kindOf, NAMESPACES, readCrds } from './kind.ts'
import { type KubeObject, now } from './object.ts'
import { collectGarbage } from './remove.ts'
import type { WholeAnswer } from './request.ts'
import { answerTo, createApiServer, type Intercept, type RecordedRequest } from './server.ts'
import { loadState, saveState } from './state-file.ts'
import { Store } from './store.ts'
import { createDecoded, type WriteContext } from './write.ts'

export type { Fault, Intercept, RecordedRequest } from './server.ts'

/** Options for starting a cluster API. */
export interface LocalClusterOptions {
  /** Port on loopback (default: any free one). */
  readonly port?: number | undefined
  /** The one token that is accepted, with all rights (default: a random one). */
  readonly token?: string | undefined
  /** Directories of CRDs (default: infra/crds). */
  readonly crds?: readonly string[] | undefined
  /** File that keeps the state (default: in memory only). */
  readonly stateFile?: string | undefined
  /** Called before each request is answered, for tests. Can also be set later. */
  readonly intercept?: Intercept | undefined
}

/** A running cluster API. */
export interface LocalCluster {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly token: string
  /** The latest 10,000 requests, in order. Tests may empty it. */
  readonly requests: RecordedRequest[]
  /** Called before each request is answered. */
  intercept: Intercept | undefined
  /**
   * Answers a request of an operator or kubectl without a connection. It is not recorded, and `intercept` does not see it.
   * @param path - Path with query
   * @param body - An object, sent as JSON
   * @throws {Error} for a watch
   */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): WholeAnswer
  /** Forgets all changes, like etcd's compaction: older continue tokens and watches get 410. */
  forgetHistory(): void
  /** Writes the state and stops, watches included. */
  stop(): Promise<void>
}

const CRD_DIRECTORY = join(import.meta.dirname, '..', '..', 'crds')
const NAMESPACES_AT_START = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/**
 * Starts a cluster API.
 * @throws {Error} if the port is in use, or a CRD or the state file is not valid
 */
export async function startLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const crds = (await Promise.all((options.crds ?? [CRD_DIRECTORY]).map(readCrds))).flat()
  const kinds = [...BUILT_IN, ...crds.map(kindOf)]
  const store = new Store()
  const { stateFile } = options
  const saved = stateFile === undefined ? undefined : await loadState(stateFile)
  if (saved !== undefined) {
    store.restore(saved, ({ apiVersion, kind }) => kinds.find((one) => isOf(one, apiVersion, kind)))
  }
  furnish(store, crds)
  const writer = stateFile === undefined ? undefined : saveState(store, stateFile)
  const stopCollecting = collectGarbage(store, kinds)

  const requests: RecordedRequest[] = []
  const token = options.token ?? randomBytes(24).toString('base64url')
  const served = { store, kinds, token }
  const server = createApiServer({ ...served, requests, intercept: () => cluster.intercept })
  const cluster: LocalCluster = {
    url: `http://127.0.0.1:${await listen(server, options.port ?? 0)}`,
    token,
    requests,
    intercept: options.intercept,
    ask(method, path, body, headers = {}) {
      const all = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...Object.fromEntries(new Headers(headers)),
      }
      const answer = answerTo(
        served,
        { method, path, headers: all },
        body === undefined ? '' : JSON.stringify(body),
        [],
      )
      if ('watch' in answer) throw new Error(`a watch needs a connection: ${path}`)
      // Readers get what a connection would give them, and nothing of the store.
      return {
        ...answer,
        body: typeof answer.body === 'string' ? answer.body : JSON.parse(JSON.stringify(answer.body)),
      }
    },
    forgetHistory: () => store.forget(),
    async stop() {
      await close(server)
      stopCollecting()
      await writer?.stop()
    },
  }
  return cluster
}

function isOf({ group, version, kind }: Kind, apiVersion: string, name: string): boolean {
  return name === kind && apiVersion === (group === '' ? version : `${group}/${version}`)
}

/** Creates what every cluster has, and the current CRDs. */
function furnish(store: Store, crds: readonly Crd[]): void {
  const context: WriteContext = {
    store,
    dryRun: false,
    fieldValidation: 'Ignore',
    warnings: [],
    duplicates: [],
    manager: 'kube-apiserver',
  }
  for (const name of NAMESPACES_AT_START) {
    if (store.get(NAMESPACES, undefined, name) !== undefined) continue
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
    createDecoded(context, { kind: NAMESPACES, namespace: undefined }, namespace as never)
  }
  for (const old of store.list(CRDS)) store.remove(CRDS, old)
  for (const crd of crds) {
    const object = established.get(crd) ?? establish(context, crd)
    established.set(crd, object)
    store.put(CRDS, object)
  }
}

/** The objects of CRDs, made once per process: the managers of their many fields take longer than all else at the start. */
const established = new WeakMap<Crd, KubeObject>()

function establish(context: WriteContext, crd: Crd): KubeObject {
  const place = { kind: CRDS, namespace: undefined }
  const created = createDecoded({ ...context, dryRun: true }, place, structuredClone(crd))
  return { ...created, status: establishedStatus(crd) }
}

function establishedStatus({ spec }: Crd): object {
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    reason,
    message,
    lastTransitionTime: now(),
  })
  return {
    acceptedNames: spec.names,
    storedVersions: spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
  }
}
