import { gateway } from '../shared/gateway/gateway.ts'

/** Forwards requests to the other functions by path, and answers health probes. */
export default gateway('gateway')
