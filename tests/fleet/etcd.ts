/**
 * Writes to the etcd of a test cluster, by the JSON form of its API.
 * @see {@link https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/}
 */
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** Puts in one transaction: etcd takes 128. */
const PUTS = 100
/** Transactions at once. */
const WIDTH = 4

/** A key and its value. */
export interface Put {
  readonly key: string
  readonly value: string
}

/** A client of one etcd. */
export interface Etcd {
  /** The value of a key, if it has one. */
  get(key: string): Promise<string | undefined>
  /** Writes all, in no particular order. */
  put(all: Iterable<Put>): Promise<void>
  close(): void
}

/**
 * A client of an etcd.
 * @param socketPath - Of the socket on which it listens
 */
export function createEtcd(socketPath: string): Etcd {
  const agent = new Agent({ keepAlive: true, maxSockets: WIDTH })
  async function call<T>(path: string, message: object): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const sent = request({ socketPath, path, method: 'POST', agent }, (answer) => {
      const { statusCode } = answer
      text(answer).then((body) => {
        if (statusCode === 200) resolve(JSON.parse(body))
        else reject(new Error(`etcd answered ${statusCode}: ${body}`))
      }, reject)
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(message))
    return promise
  }
  return {
    async get(key) {
      const { kvs } = await call<{ kvs?: { value: string }[] }>('/v3/kv/range', { key: encoded(key) })
      return kvs?.[0] && Buffer.from(kvs[0].value, 'base64').toString()
    },
    async put(all) {
      const groups = grouped(all)
      const write = async (): Promise<void> => {
        for (const group of groups) {
          const success = group.map(({ key, value }) => ({ requestPut: { key: encoded(key), value: encoded(value) } }))
          await call('/v3/kv/txn', { success })
        }
      }
      await Promise.all(Array.from({ length: WIDTH }, write))
    },
    close: () => agent.destroy(),
  }
}

function* grouped(all: Iterable<Put>): Generator<Put[]> {
  let group: Put[] = []
  for (const put of all) {
    group.push(put)
    if (group.length < PUTS) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64')
}
