import { meRoutes } from '../shared/capabilities/me.ts'
import { AUTHORISATION_RULES } from '../shared/resource/rbac.ts'
import { serve } from '../shared/resource/serve.ts'

/** Tells callers who they are and what they may do. */
export default serve({ name: 'me', routes: meRoutes.map(({ path }) => path), rbac: AUTHORISATION_RULES }, meRoutes)
