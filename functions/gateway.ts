import { gateway } from '../shared/gateway/gateway.ts'

/** Routes by path to the other functions; says whether the server lives and works. */
export default gateway('gateway')
