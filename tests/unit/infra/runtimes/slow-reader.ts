/**
 * Reads a stream of the API server on Bun, slower than it is sent: `bun slow-reader.ts ADDRESS AUTHORITY CHUNKS`. Prints the bytes that it read.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../../../infra/runtimes/bun/cluster.ts'
import { streamOpener } from '../../../../infra/runtimes/bun/streams.ts'

const [address = '', authority = '', chunks = ''] = process.argv.slice(2)
const cluster: Pick<Cluster, 'address' | 'authorities'> = { address: new URL(address), authorities: () => [authority] }
const open = streamOpener(cluster as Cluster)
const { body } = await open('/', {}, new AbortController().signal)
const reader = (body as ReadableStream<Uint8Array>).getReader()
let bytes = 0
for (let count = 0; count < Number(chunks); count += 1) {
  bytes += (await reader.read()).value?.byteLength ?? 0
  // What has been asked for meanwhile arrives.
  await sleep(2)
}
console.log(bytes)
// Until the other side has seen what it may send.
await sleep(100)
process.exit()
