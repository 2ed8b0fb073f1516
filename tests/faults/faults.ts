/**
 * What a proxy can do to a request.
 */

import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { passed } from '../cluster/harness/passed.ts'
import { type Fault, start } from './exchange.ts'

/** Passes the request on, and its answer back. */
export const pass: Fault = async ({ answer, forward }) => {
  const response = await forward()
  start(answer, response.statusCode, passed(response.headers))
  response.on('error', () => answer.destroy())
  response.pipe(answer)
}

/** Resets the connection; the request has not been sent on. */
export const resetBefore: Fault = ({ reset }) => reset()

/** Resets the connection after the request has been answered: a write has happened. */
export const resetAfter: Fault = async ({ forward, reset }) => {
  const response = await forward()
  await buffer(response)
  reset()
}

/** Answers in place of the API server. */
export function answerWith(status: number, headers: Readonly<Record<string, string>>, body: string): Fault {
  return ({ answer }) => {
    start(answer, status, headers)
    answer.end(body)
  }
}

/** Where an answer ends: what the headers say of its length, and what happens to the connection. */
export type Ending = 'cut off' | 'complete'

/**
 * Sends a part of the answer.
 * @param at - Number of bytes that are sent
 * @param ending - Whether the connection breaks, or the answer looks complete
 */
export function cutAnswer(at: (body: Buffer) => number, ending: Ending): Fault {
  return async ({ answer, forward, reset }) => {
    const response = await forward()
    const body = await buffer(response)
    const headers = {
      ...passed(response.headers),
      ...(ending === 'complete' && { 'content-length': String(at(body)) }),
    }
    start(answer, response.statusCode, headers)
    const part = body.subarray(0, at(body))
    if (ending === 'complete') answer.end(part)
    else answer.write(part, reset)
  }
}

/** The middle of a body. */
export function inTheMiddle(body: Buffer): number {
  return body.length >> 1
}

/** Between the bytes of a character of UTF-8; the middle if every character has only one. */
export function inACharacter(body: Buffer): number {
  const start = body.findIndex((byte) => byte >= 0xc0)
  return start < 0 ? inTheMiddle(body) : start + 1
}

/** Passes a watch on until an event has been cut. */
export function cutWatch(at: (body: Buffer) => number, ending: Ending): Fault {
  return async ({ answer, forward }) => {
    const response = await forward()
    start(answer, response.statusCode, passed(response.headers))
    let isFirst = true
    for await (const chunk of response as AsyncIterable<Buffer>) {
      // The first event arrives whole, so that every stream gets a little further.
      if (isFirst) answer.write(chunk)
      else if (ending === 'complete') return void answer.end(chunk.subarray(0, at(chunk)))
      else return void answer.write(chunk.subarray(0, at(chunk)), () => answer.destroy())
      isFirst = false
    }
    answer.end()
  }
}

/** Sends one byte of the answer each second. */
export const trickle: Fault = async ({ answer, forward }) => {
  const response = await forward()
  const body = await buffer(response)
  start(answer, response.statusCode, passed(response.headers))
  for (const byte of body) {
    if (answer.destroyed || answer.writableEnded) return
    answer.write(Buffer.of(byte))
    await sleep(1_000)
  }
  answer.end()
}
