import { ALL_ORGANIZATIONS_RULES } from '../shared/auth/index.ts'
import { capabilityRoutes } from '../shared/capabilities/routes.ts'
import { serve } from '../shared/server/serve.ts'

/** Tells what this server can do and how to sign in. */
export default serve(
  {
    name: 'capabilities',
    description: 'What this server is, what it can do, and how to sign in.',
    routes: capabilityRoutes.map(({ path }) => path),
    rbac: ALL_ORGANIZATIONS_RULES,
  },
  capabilityRoutes,
)
