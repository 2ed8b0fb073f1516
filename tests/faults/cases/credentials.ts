/**
 * Credentials of the server, authorities that it trusts, and clocks.
 */
import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCertificates } from '../../cluster/harness/certificates.ts'
import { removeScratch, scratchDirectory } from '../../cluster/harness/processes.ts'
import type { FaultCase } from '../run.ts'
import { addKey } from '../signing-key.ts'
import type { Stage } from '../stage.ts'

const UNAVAILABLE = '503 cluster_unavailable'
const REFUSED = '401 invalid_token'
/** Bytes of a token that was written only in part. */
const PART = 100
const FIVE_MINUTES = 300
/** Failed requests of clients while it lasts. */
const FAILED = 20

/** The token file is damaged until clients notice, which takes as long as a token is cached. */
function damaged(what: string, damage: (file: string) => void): FaultCase {
  return {
    name: `token file ${what}`,
    seen: [UNAVAILABLE],
    disturb: async (stage) => {
      damage(join(stage.account.path, '..data', 'token'))
      await stage.tally.until(UNAVAILABLE, FAILED)
      stage.account.project(await stage.credentials())
    },
  }
}

/** Tokens come from a clock that is wrong, then from one that is right. */
function clock(what: string, seconds: number): FaultCase {
  return {
    name: `clock of the server 5 minutes ${what} that of the issuer`,
    seen: [REFUSED],
    disturb: async (stage: Stage) => {
      const key = await addKey(stage.parts.keycloak, { priority: 1 })
      try {
        const token = stage.token
        stage.token = await key.shifted(token, seconds)
        await stage.tally.until(REFUSED, FAILED)
        stage.token = await key.shifted(token, 0)
        await stage.tally.until('200', FAILED)
        stage.token = token
      } finally {
        await key.remove()
      }
    },
  }
}

/** Faults of credentials. */
export const CREDENTIALS: readonly FaultCase[] = [
  damaged('gone', (file) => rmSync(file)),
  damaged('empty', (file) => truncateSync(file)),
  damaged('truncated', (file) => truncateSync(file, PART)),
  {
    name: 'token rotated every second',
    disturb: async (stage) => {
      for (let count = 0; count < 12; count += 1) {
        stage.account.project(await stage.credentials())
        await sleep(1_000)
      }
    },
  },
  {
    name: 'authority of the API server replaced, and told to the server later',
    seen: [UNAVAILABLE],
    disturb: async ({ kube, tally, caFile }) => {
      const directory = scratchDirectory('authority')
      try {
        const next = createCertificates(directory)
        kube.show(next)
        await tally.until(UNAVAILABLE, FAILED)
        writeFileSync(`${caFile}.next`, readFileSync(next.caFile))
        renameSync(`${caFile}.next`, caFile)
      } finally {
        removeScratch(directory)
      }
    },
  },
  clock('behind', FIVE_MINUTES),
  clock('ahead of', -FIVE_MINUTES),
]
