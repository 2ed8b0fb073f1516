import { bulkApplyRoutes } from '../shared/bulk/bulk-apply.ts'
import { ORGANIZATION_RULES } from '../shared/resource/rbac.ts'
import { serve } from '../shared/resource/serve.ts'

/** Applies several manifests at once, each through the function of its kind. */
export default serve(
  { name: 'apply', routes: bulkApplyRoutes.map(({ path }) => path), rbac: ORGANIZATION_RULES },
  bulkApplyRoutes,
)
