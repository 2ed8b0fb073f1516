import { openApiRoutes } from '../shared/openapi/routes.ts'
import { serve } from '../shared/server/serve.ts'

/** Hands out the API's document, and a page that shows it. */
export default serve({ name: 'openapi', routes: openApiRoutes.map(({ path }) => path), rbac: [] }, openApiRoutes)
