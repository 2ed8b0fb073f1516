import { ORGANIZATION_RULES } from 'kaphera-cloud-server/shared/auth/index.ts'
import { negotiate, represent } from 'kaphera-cloud-server/shared/http/negotiate.ts'
import { pageSize } from 'kaphera-cloud-server/shared/http/page-size.ts'
import { readQuery } from 'kaphera-cloud-server/shared/http/query.ts'
import { view } from 'kaphera-cloud-server/shared/kind/operation.ts'
import { merge } from 'kaphera-cloud-server/shared/kind/policy-rules.ts'
import { EVENTS } from 'kaphera-cloud-server/shared/kube/index.ts'
import { itemsSchema } from 'kaphera-cloud-server/shared/resource/views/answer.ts'
import { describeEvent, events, type KubeEvent, newestOf } from 'kaphera-cloud-server/shared/resource/views/events.ts'
import type { Call, Route } from 'kaphera-cloud-server/shared/server/call.ts'
import { serve } from 'kaphera-cloud-server/shared/server/serve.ts'

const route: Route = {
  method: 'GET',
  path: '/v1/organizations/:organization/audit',
  openapi: {
    operation: 'custom',
    name: 'getAudit',
    summary: 'What happened to the objects of an organization, newest first',
    query: ['limit'],
    output: itemsSchema({ $ref: '#/components/schemas/ObjectEvent' }),
    problems: [409],
  },
  handle: audit,
}

/** Answers with the events in the organization's namespace. A real edition would ask its store of audit lines. */
async function audit(call: Call): Promise<Response> {
  Object.assign(call.audit, { verb: 'list', resource: 'audit' })
  const count = pageSize(readQuery(call.url, ['limit']).limit)
  const as = negotiate(call.request)
  // 404 for a caller who has no role in the organization.
  const access = await call.authorizer.organization(call.params.organization ?? '')
  call.audit.organization = access.name
  // An audit trail reveals what logs reveal, so it takes the same role.
  access.require(view('logs'), 'audit')
  const found = []
  for await (const event of call.kube.objects<KubeEvent>(EVENTS, access.namespace).each())
    found.push(describeEvent(event))
  return represent({ items: newestOf(found, count) }, as)
}

/** The audit trail of an organization. */
export default serve(
  {
    name: 'audit',
    description: 'Who did what in an organization, and when.',
    features: ['auditSearch'],
    routes: [route.path],
    rbac: merge([...ORGANIZATION_RULES, ...(events.rbac ?? [])]),
  },
  [route],
)
