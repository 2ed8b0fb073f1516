/**
 * The API server and the issuer, in a thread of their own so that nobody who is measured waits for them. They answer at once, except
 * for lists with the label selector {@link SLOW}.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../security/loopback-certificate.ts'
import { type KubeHandler, startStandIns } from '../security/stand-ins.ts'
import { endless } from './endless.ts'
import { BYSTANDER, CALLERS, SLOW, type Started } from './roles.ts'

/** Milliseconds that slow lists take. */
const SLOW_MS = 300
/** Connectors: more than a page has. */
const CONNECTORS = 600

/** Slow lists at the same time: now, and the most there were. */
const slow = { now: 0, most: 0 }

const handle: KubeHandler = async (request, response) => {
  const { url = '' } = request
  if (url.startsWith('/version')) {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"gitVersion":"v1.36.3"}')
    return true
  }
  if (!url.includes(`labelSelector=${SLOW}`)) return endless(request, response)
  slow.now += 1
  slow.most = Math.max(slow.most, slow.now)
  await sleep(SLOW_MS)
  slow.now -= 1
  return false
}

const names = [BYSTANDER, ...CALLERS]
// Attackers may write: a body that nobody may send is refused before it is there.
const roles = Object.fromEntries(names.map((name) => [name, name === BYSTANDER ? 'viewer' : 'operator']))
const standIns = await startStandIns(CONNECTORS, handle, roles, { key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE })
const tokens = Object.fromEntries(
  await Promise.all(names.map(async (name) => [name, await standIns.tokenOf(name)] as const)),
)
const { kube, issuer, audience } = standIns
parentPort?.postMessage({ kube, issuer, audience, tokens } satisfies Started)
// Any message asks for the most slow lists since the last one.
parentPort?.on('message', () => {
  parentPort?.postMessage(slow.most)
  slow.most = slow.now
})
