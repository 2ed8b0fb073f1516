import { ORGANIZATION_RULES } from '../shared/auth/index.ts'
import { applyRoutes } from '../shared/bulk/apply-routes.ts'
import { serve } from '../shared/server/serve.ts'

/** Applies several manifests at once, each by the function of its kind. */
export default serve(
  {
    name: 'apply',
    description: 'Many manifests at once.',
    features: ['bulkApply'],
    routes: applyRoutes.map(({ path }) => path),
    rbac: ORGANIZATION_RULES,
  },
  applyRoutes,
)
