import { ALL_ORGANIZATIONS_RULES, ORGANIZATION_RULES } from '../shared/auth/index.ts'
import { meRoutes } from '../shared/capabilities/me.ts'
import { merge } from '../shared/kind/policy-rules.ts'
import { serve } from '../shared/server/serve.ts'

/** Tells callers who they are and what they may do. */
export default serve(
  {
    name: 'me',
    description: 'The caller, and what it may do.',
    routes: meRoutes.map(({ path }) => path),
    rbac: merge([...ALL_ORGANIZATIONS_RULES, ...ORGANIZATION_RULES]),
  },
  meRoutes,
)
