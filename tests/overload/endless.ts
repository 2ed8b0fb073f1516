/**
 * What has no end at the API server: the changes of a large object that is never ready, and the log of a pod.
 */
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import type { KubeHandler } from '../security/stand-ins.ts'
import { LARGE, LOGGED } from './roles.ts'

/** Milliseconds between two changes. */
const CHANGE_MS = 200
/** Milliseconds between two parts of the log, each of 64 KB. */
const LOG_MS = 100

const namespace = 'org-acme'
/** About 250 KB. */
const large = {
  apiVersion: 'edc.kaphera.com/v1alpha1',
  kind: 'Connector',
  metadata: { name: LARGE, namespace, uid: LARGE, resourceVersion: '1', generation: 1 },
  spec: {
    version: '0.11.0',
    participantRef: { name: 'acme' },
    config: Object.fromEntries(Array.from({ length: 256 }, (_, key) => [`edc.setting.${key}`, 'x'.repeat(950)])),
  },
  status: { observedGeneration: 1, phase: 'Pending', conditions: [{ type: 'Ready', status: 'False' }] },
}
const text = JSON.stringify(large)
const page = `{"metadata":{"resourceVersion":"1"},"items":[${text}]}`
const pod = {
  metadata: { name: `${LOGGED}-0`, namespace, labels: { 'app.kubernetes.io/instance': LOGGED } },
  spec: { containers: [{ name: 'connector' }] },
  status: { phase: 'Running' },
}
const pods = JSON.stringify({ metadata: { resourceVersion: '1' }, items: [pod] })

const sendChanges = repeater(Buffer.from(`{"type":"MODIFIED","object":${text}}\n`), CHANGE_MS)
const sendLog = repeater(Buffer.from(`${'a line of a log'.padEnd(63)}\n`.repeat(1024)), LOG_MS)

/** Answers what is asked about the large object and the log. */
export const endless: KubeHandler = ({ url = '' }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://kube')
  const isSelected = pathname.endsWith('/connectors') && searchParams.get('fieldSelector') === `metadata.name=${LARGE}`
  if (isSelected && searchParams.has('watch')) sendChanges(response)
  else if (isSelected) answer(response, page)
  else if (pathname.endsWith(`/connectors/${LARGE}`)) answer(response, text)
  else if (pathname.endsWith('/pods')) answer(response, pods)
  else if (pathname.endsWith(`/pods/${LOGGED}-0/log`)) sendLog(response)
  else return false
  return true
}

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(body)
}

/** Responses of HTTP/2 do not tell this themselves. */
function needsDrain(response: ServerResponse & { readonly stream?: Writable }): boolean {
  return (response.stream ?? response).writableNeedDrain
}

/** Sends the same again and again to everybody who takes it. */
function repeater(bytes: Buffer, everyMs: number): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200).flushHeaders()
    // Each at a time of its own, as an API server does: to write to all at once would keep others waiting.
    const send = (): void => {
      if (!needsDrain(response)) response.write(bytes)
      timer = setTimeout(send, everyMs * (0.5 + Math.random()))
    }
    let timer = setTimeout(send, everyMs * Math.random())
    response.once('close', () => clearTimeout(timer))
  }
}
