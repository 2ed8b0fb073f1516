/**
 * The API server and etcd fail.
 */
import type { FaultCase } from '../run.ts'

const UNAVAILABLE = '503 cluster_unavailable'
const LATE = '504 deadline_exceeded'
/** A short deadline, so that it passes often. */
const SHORT = { KUBE_TIMEOUT_MS: '2000' }
/** An API server that starts, or connects to etcd again, asks clients to wait. */
const WAIT = '429 too_many_requests'
/** Failed requests of clients while it lasts. */
const FAILED = 20

/** Faults of the cluster. */
export const CLUSTER: readonly FaultCase[] = [
  {
    name: 'API server killed under load, and started again',
    seen: [UNAVAILABLE],
    allowed: [LATE, WAIT],
    env: SHORT,
    disturb: async ({ parts: { apiServer }, tally }) => {
      await apiServer.crash()
      await tally.until(UNAVAILABLE, FAILED)
      await apiServer.restart()
    },
  },
  {
    name: 'API server stopped (SIGSTOP)',
    seen: [LATE, UNAVAILABLE],
    env: SHORT,
    disturb: async ({ parts: { apiServer }, tally }) => {
      apiServer.pause()
      await tally.until(UNAVAILABLE, FAILED)
      apiServer.resume()
    },
  },
  {
    name: 'etcd stopped (SIGSTOP)',
    seen: [LATE],
    allowed: [UNAVAILABLE],
    env: SHORT,
    disturb: async ({ parts: { apiServer }, tally }) => {
      apiServer.etcd.pause()
      await tally.until(LATE, 3)
      apiServer.etcd.resume()
    },
  },
  {
    name: 'etcd killed under load, and started again',
    inBrief: true,
    allowed: [LATE, UNAVAILABLE, WAIT],
    env: SHORT,
    disturb: async ({ parts: { apiServer }, tally }) => {
      await apiServer.etcd.crash()
      await Promise.race([tally.until(LATE), tally.until(UNAVAILABLE)])
      apiServer.etcd.restart()
    },
  },
]
