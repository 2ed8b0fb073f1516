import { ORGANIZATION_RULES } from '../shared/auth/index.ts'
import { bulkApplyRoutes } from '../shared/bulk/bulk-apply.ts'
import { serve } from '../shared/server/serve.ts'

/** Applies several manifests at once, each by the function of its kind. */
export default serve(
  {
    name: 'apply',
    description: 'Many manifests at once.',
    features: ['bulkApply'],
    routes: bulkApplyRoutes.map(({ path }) => path),
    rbac: ORGANIZATION_RULES,
  },
  bulkApplyRoutes,
)
