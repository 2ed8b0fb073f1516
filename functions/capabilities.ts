import { ALL_ORGANIZATIONS_RULES } from '../shared/auth/index.ts'
import { capabilityRoutes } from '../shared/capabilities/routes.ts'
import { serve } from '../shared/server/serve.ts'

/** Says which server this is, what it can do, and how to sign in. */
export default serve(
  { name: 'capabilities', routes: capabilityRoutes.map(({ path }) => path), rbac: ALL_ORGANIZATIONS_RULES },
  capabilityRoutes,
)
