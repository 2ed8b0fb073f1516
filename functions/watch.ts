import { watchRoutes } from '../shared/bulk/watch-routes.ts'
import { serve } from '../shared/server/serve.ts'

/** Watches several kinds in one stream, each by its own function. */
export default serve(
  {
    name: 'watch',
    description: 'Many kinds in one event stream.',
    features: ['bulkWatch'],
    routes: watchRoutes.map(({ path }) => path),
    rbac: [],
  },
  watchRoutes,
)
