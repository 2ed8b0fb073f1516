import { meRoutes } from '../shared/capabilities/me.ts'
import { ALL_ORGANIZATIONS_RULES, merge, ORGANIZATION_RULES } from '../shared/resource/rbac.ts'
import { serve } from '../shared/resource/serve.ts'

/** Tells callers who they are and what they may do. */
export default serve(
  {
    name: 'me',
    routes: meRoutes.map(({ path }) => path),
    rbac: merge([...ALL_ORGANIZATIONS_RULES, ...ORGANIZATION_RULES]),
  },
  meRoutes,
)
