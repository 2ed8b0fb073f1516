import { overviewRoutes } from '../shared/bulk/overview-routes.ts'
import { serve } from '../shared/server/serve.ts'

/** Counts the objects of several kinds, each by its own function. */
export default serve(
  {
    name: 'overview',
    description: 'Object counts by kind.',
    features: ['overview'],
    routes: overviewRoutes.map(({ path }) => path),
    rbac: [],
  },
  overviewRoutes,
)
