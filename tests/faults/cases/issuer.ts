/**
 * Keycloak fails, or what is between it and the server.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { DEMO_POLICY } from '../../../infra/local/issuer/identities.ts'
import type { Fault } from '../exchange.ts'
import { answerWith, cutAnswer, inTheMiddle, resetBefore, trickle } from '../faults.ts'
import type { FaultCase } from '../run.ts'
import { addKey } from '../signing-key.ts'
import type { Stage } from '../stage.ts'

const NO_ISSUER = '503 issuer_unavailable'
const FRESH_SECONDS = 1

/** Keys are fetched every second, and used for a time if that fails. */
function keysFor(staleSeconds: number): { readonly AUTH_POLICY: string } {
  const keys = { freshSeconds: FRESH_SECONDS, staleSeconds }
  return { AUTH_POLICY: JSON.stringify({ ...DEMO_POLICY, keys }) }
}

/**
 * For longer than keys are fresh, clients come with tokens that the server has not seen, so that it needs the keys.
 * @param begin - Begins the fault
 * @param end - Ends it
 */
async function withNewTokens(stage: Stage, begin: () => void, end: () => void): Promise<void> {
  const tokens: string[] = []
  for (let count = 0; count < TOKENS; count += 1) tokens.push(await stage.newToken())
  begin()
  for (const token of tokens) {
    stage.token = token
    await Promise.all([stage.tally.until('200', 5), sleep(1_000 * FRESH_SECONDS)])
  }
  end()
}

async function renew(stage: Stage): Promise<void> {
  stage.token = await stage.newToken()
}

/** Tokens that clients have one after the other. */
const TOKENS = 4

const BROKEN: readonly [string, Fault][] = [
  ['HTML', answerWith(200, { 'content-type': 'text/html' }, '<!doctype html><p>Sign in')],
  ['half of its answer', cutAnswer(inTheMiddle, 'complete')],
  ['one byte a second', trickle],
  ['a reset', resetBefore],
  ['a redirect', answerWith(302, { location: 'http://127.0.0.1:1/' }, '')],
]

const broken = BROKEN.map(
  ([what, fault]): FaultCase => ({
    name: `issuer sends ${what} for longer than keys are fresh`,
    env: keysFor(600),
    disturb: (stage: Stage) =>
      withNewTokens(
        stage,
        () => {
          stage.issuer.disturb = () => fault
        },
        () => {
          stage.issuer.disturb = undefined
        },
      ),
  }),
)

/** Faults of the issuer. */
export const ISSUER: readonly FaultCase[] = [
  {
    name: 'Keycloak stopped for longer than keys are fresh',
    env: keysFor(600),
    disturb: (stage) => withNewTokens(stage, stage.parts.keycloak.pause, stage.parts.keycloak.resume),
  },
  {
    name: 'Keycloak stopped for longer than keys may be used',
    env: keysFor(5),
    seen: [NO_ISSUER],
    disturb: async ({ parts: { keycloak }, tally }) => {
      keycloak.pause()
      await tally.until(NO_ISSUER, 20)
      keycloak.resume()
    },
  },
  ...broken,
  {
    name: 'keys of Keycloak rotated twice',
    // An unknown key makes the server look at most every 30 seconds, so a second new key may have to wait.
    allowed: ['401 invalid_token'],
    disturb: async (stage) => {
      for (const priority of [200, 300]) {
        const key = await addKey(stage.parts.keycloak, { priority })
        await stage.tally.until('200', 20)
        await renew(stage)
        await stage.tally.until('200', 20)
        await key.remove()
        await renew(stage)
      }
    },
  },
]
