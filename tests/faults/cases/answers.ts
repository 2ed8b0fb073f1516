/**
 * The API server, or something between it and the server, answers badly.
 */

import type { Exchange, Fault } from '../exchange.ts'
import {
  answerWith,
  cutAnswer,
  cutWatch,
  inACharacter,
  inTheMiddle,
  resetAfter,
  resetBefore,
  trickle,
} from '../faults.ts'
import type { FaultCase } from '../run.ts'
import type { Stage } from '../stage.ts'

const UNAVAILABLE = '503 cluster_unavailable'
const LATE = '504 deadline_exceeded'
/** Answers to clients while a fault lasts. */
const REQUESTS = 80

/** Disturbs some requests until clients have had some answers. */
function disturb(choose: (exchange: Exchange) => Fault | undefined): (stage: Stage) => Promise<void> {
  return async ({ kube, tally }) => {
    kube.disturb = choose
    await tally.until(undefined, REQUESTS)
    kube.disturb = undefined
  }
}

/** A share of the requests from 0 to 1, by their order. */
function share(part: number): () => boolean {
  let count = 0
  // The golden ratio spreads them evenly without a rhythm.
  return () => (count++ * 0.618_034) % 1 < part
}

/** Every third request but watches gets a fault. */
function everyThird(fault: Fault): (stage: Stage) => Promise<void> {
  const isChosen = share(1 / 3)
  return disturb(({ isWatch }) => (!isWatch && isChosen() ? fault : undefined))
}

/** Cuts every watch, and connects clients to new ones again and again. */
function everyWatch(fault: Fault): (stage: Stage) => Promise<void> {
  return async (stage) => {
    let cuts = 0
    stage.kube.disturb = ({ isWatch }) => {
      if (!isWatch) return undefined
      cuts += 1
      return fault
    }
    // The watch that is open was not chosen.
    stage.kube.dropWatches()
    while (cuts < 5) await stage.tally.until(undefined)
    stage.kube.disturb = undefined
  }
}

const HTML = '<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>'
const STATUS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'InternalError', code: 500 }

/** Answers of something else than an API server. */
const STRANGE: readonly [string, Fault][] = [
  ['HTML of a proxy, 502', answerWith(502, { 'content-type': 'text/html' }, HTML)],
  ['HTML of a proxy, 200', answerWith(200, { 'content-type': 'text/html' }, HTML)],
  ['a redirect', answerWith(302, { location: 'http://127.0.0.1:1/' }, '')],
  ['200 with a Status that failed', answerWith(200, { 'content-type': 'application/json' }, JSON.stringify(STATUS))],
  ['200 with an empty object', answerWith(200, { 'content-type': 'application/json' }, '{}')],
  ['200 with null', answerWith(200, { 'content-type': 'application/json' }, 'null')],
  ['200 without a body', answerWith(200, { 'content-type': 'application/json' }, '')],
  ['another content type', answerWith(200, { 'content-type': 'application/octet-stream' }, '\u0000\u0001')],
]

let turn = 0
const inTurn: Fault = (exchange) => STRANGE[turn++ % STRANGE.length]?.[1](exchange)

const resets = share(0.3)
const after = share(0.5)

/** Faults of answers. */
export const ANSWERS: readonly FaultCase[] = [
  {
    name: '30 % of requests reset, half of them after the answer',
    inBrief: true,
    seen: [UNAVAILABLE],
    disturb: disturb(() => (resets() ? (after() ? resetAfter : resetBefore) : undefined)),
  },
  {
    name: 'answers cut in the middle',
    seen: [UNAVAILABLE],
    disturb: everyThird(cutAnswer(inTheMiddle, 'cut off')),
  },
  {
    name: 'answers cut in the middle that look complete',
    inBrief: true,
    seen: [UNAVAILABLE],
    disturb: everyThird(cutAnswer(inTheMiddle, 'complete')),
  },
  {
    name: 'answers cut in a character of UTF-8',
    seen: [UNAVAILABLE],
    disturb: everyThird(cutAnswer(inACharacter, 'cut off')),
  },
  { name: 'watches cut in an event', disturb: everyWatch(cutWatch(inTheMiddle, 'cut off')) },
  {
    name: 'watches cut in a character of UTF-8',
    inBrief: true,
    disturb: everyWatch(cutWatch(inACharacter, 'complete')),
  },
  ...STRANGE.map(([name, fault]): FaultCase => ({ name, seen: [UNAVAILABLE], disturb: everyThird(fault) })),
  { name: 'all of these strange answers in turn', inBrief: true, seen: [UNAVAILABLE], disturb: everyThird(inTurn) },
  {
    name: 'answers of one byte a second',
    seen: [LATE],
    allowed: [UNAVAILABLE],
    env: { KUBE_TIMEOUT_MS: '2000' },
    disturb: async ({ kube, tally }) => {
      kube.disturb = () => trickle
      await tally.until(LATE, 3)
      kube.disturb = undefined
    },
  },
]
