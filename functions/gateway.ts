import { gateway } from '../shared/gateway/gateway.ts'
import { healthRoutes } from '../shared/gateway/health.ts'

/** Routes by path to the other functions; says whether the server lives and works. */
export default gateway({ name: 'gateway', routes: ['/healthz', '/readyz'], rbac: [] }, healthRoutes)
