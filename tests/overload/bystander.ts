/**
 * The second caller, in a thread of its own: reads one object, or one list, after the other and measures each answer. Another one asks
 * the API server itself, to tell what of that is its doing.
 */
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Measured, Reads } from './roles.ts'

/** Milliseconds without an answer after which it is lost. */
const LOST_MS = 20_000
/** Objects that are read in turns. */
const OBJECTS = 50

/** What the thread gets. */
export interface Task {
  /** Address of the connectors. */
  readonly connectors: string
  readonly token: string
  /** Milliseconds of the measurement. */
  readonly ms: number
  /** Milliseconds between an answer and the next request. */
  readonly pauseMs: number
  readonly reads: Reads
}

async function measure({ connectors, token, ms, pauseMs, reads }: Task): Promise<Measured> {
  const { Agent, request } = connectors.startsWith('https:') ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
  const headers = { Authorization: `Bearer ${token}` }
  const failures: string[] = []
  let refused = 0
  const read = (path: string, name: string): Promise<void> =>
    new Promise((resolve) => {
      const fail = (line: string): void => {
        failures.push(`the second caller: ${line}`)
        resolve()
      }
      const sent = request(connectors + path, { agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () => {
          const isRefused = answer.statusCode === 429 || answer.statusCode === 503
          if (isRefused && Number(answer.headers['retry-after']) > 0) {
            refused += 1
            resolve()
          } else if (answer.statusCode === 504) resolve()
          else if (answer.statusCode === 200 && text.includes(`"name":"${name}"`)) resolve()
          else fail(`${answer.statusCode} ${text.slice(0, 200)}`)
        })
      })
      sent.setTimeout(LOST_MS, () => sent.destroy(new Error('no answer')))
      sent.on('error', ({ message }) => fail(message))
      sent.end()
    })
  const times: number[] = []
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const began = performance.now()
    const name = `edc-${times.length % OBJECTS}`
    await read(reads === 'lists' ? '?limit=500' : `/${name}`, name)
    times.push(performance.now() - began)
    if (pauseMs > 0) await sleep(pauseMs)
  }
  agent.destroy()
  return { times, refused, failures }
}

parentPort?.postMessage(await measure(workerData as Task))
