/**
 * The second caller, in a thread of its own: reads one object after the other and measures each answer.
 */
import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'
import { BYSTANDER, CONNECTORS, type Measured, type Victim } from './roles.ts'

/** Milliseconds without an answer after which it is lost. */
const LOST_MS = 20_000

/** What the thread gets. */
export interface Task extends Victim {
  readonly ms: number
}

async function measure({ port, tokens, ms }: Task): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { Authorization: `Bearer ${tokens[BYSTANDER]}` }
  const failures: string[] = []
  let refused = 0
  const read = (name: string): Promise<void> =>
    new Promise((resolve) => {
      const fail = (line: string): void => {
        failures.push(`the second caller: ${line}`)
        resolve()
      }
      const sent = request({ port, host: '127.0.0.1', path: `${CONNECTORS}/${name}`, agent, headers }, (answer) => {
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
    await read(`edc-${times.length % 50}`)
    times.push(performance.now() - began)
  }
  agent.destroy()
  return { times, refused, failures }
}

parentPort?.postMessage(await measure(workerData as Task))
