import { openApiRoutes } from '../shared/openapi/routes.ts'
import { serve } from '../shared/server/serve.ts'

/** Serves the OpenAPI document and a page that shows it. */
export default serve(
  {
    name: 'openapi',
    description: 'This document, and a page that shows it.',
    routes: openApiRoutes.map(({ path }) => path),
    rbac: [],
  },
  openApiRoutes,
)
