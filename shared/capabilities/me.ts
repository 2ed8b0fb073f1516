/**
 * `GET /v1/me` and `GET /v1/organizations/{organization}/permissions`: who the caller is and what it may do.
 */
import { negotiate, represent } from '../http/negotiate.ts'
import { readQuery } from '../http/query.ts'
import type { JsonObject } from '../kind/object.ts'
import type { Call, Route } from '../server/call.ts'
import { organizationPermissions } from './permissions.ts'
import { ORGANIZATION_PERMISSIONS } from './schema.ts'

const TEXT = { type: 'string' }

const ME: JsonObject = {
  type: 'object',
  required: ['issuer', 'subject', 'kind', 'groups', 'scopes', 'expiresAt', 'platformRole', 'organizations'],
  properties: {
    issuer: TEXT,
    subject: TEXT,
    kind: { type: 'string', enum: ['user', 'service-account'] },
    username: TEXT,
    email: TEXT,
    clientId: { type: 'string', description: 'Client that the token was issued to.' },
    groups: { type: 'array', items: TEXT },
    scopes: {
      type: 'array',
      items: TEXT,
      description: 'Scopes of this server in the token. Without any, the token does not limit the role.',
    },
    expiresAt: { type: 'string', format: 'date-time' },
    platformRole: { type: ['string', 'null'] },
    organizations: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'displayName', 'role', 'suspended'],
        properties: {
          name: TEXT,
          displayName: TEXT,
          role: { type: ['string', 'null'] },
          suspended: { type: 'boolean' },
          participants: { type: 'array', items: TEXT },
        },
      },
    },
  },
}

/** Routes that tell callers about themselves. */
export const meRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/me',
    openapi: { operation: 'custom', name: 'getMe', summary: 'Who the caller is', output: ME },
    handle: me,
  },
  {
    method: 'GET',
    path: '/v1/organizations/:organization/permissions',
    openapi: {
      operation: 'custom',
      name: 'getPermissions',
      summary: 'What the caller may do in an organization',
      output: ORGANIZATION_PERMISSIONS,
    },
    handle: permissions,
  },
]

async function me(call: Call): Promise<Response> {
  call.audit.verb = 'get'
  call.audit.resource = 'me'
  readQuery(call.url, [])
  const as = negotiate(call.request)
  const { issuer, subject, kind, username, email, clientId, groups, scopes, expiresAt, platformRole } = call.principal
  const organizations = await call.authorizer.organizations()
  return represent(
    {
      issuer,
      subject,
      kind,
      username,
      email,
      clientId,
      groups,
      scopes: scopes.names,
      expiresAt: new Date(expiresAt * 1000).toISOString(),
      platformRole: platformRole ?? null,
      organizations: organizations.map(({ name, role = null, suspended, participants, displayName }) => ({
        name,
        displayName,
        role,
        suspended,
        participants,
      })),
    },
    as,
    { slices: call.slices, list: 'organizations' },
  )
}

async function permissions(call: Call): Promise<Response> {
  call.audit.verb = 'get'
  call.audit.resource = 'permissions'
  readQuery(call.url, [])
  const as = negotiate(call.request)
  const access = await call.authorizer.organization(call.params.organization ?? '')
  call.audit.organization = access.name
  return represent(organizationPermissions(call.env, access), as)
}
