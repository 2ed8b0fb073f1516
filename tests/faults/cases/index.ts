/**
 * All faults. Those of one file follow each other.
 */
import type { FaultCase } from '../run.ts'
import { ANSWERS } from './answers.ts'
import { CLUSTER } from './cluster.ts'
import { CREDENTIALS } from './credentials.ts'
import { ISSUER } from './issuer.ts'
import { LARGE } from './large.ts'
import { PROCESS } from './process.ts'

/** The faults of `npm run test:faults`, in order. */
export const FAULTS: readonly FaultCase[] = [...CLUSTER, ...PROCESS, ...ANSWERS, ...ISSUER, ...CREDENTIALS, ...LARGE]
