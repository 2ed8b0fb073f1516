/**
 * The routes by which the server describes itself.
 */
import { protectedResourceMetadata, publicOrigin } from '../auth/index.ts'
import { negotiate, represent } from '../http/negotiate.ts'
import { readQuery } from '../http/query.ts'
import type { PublicCall, Route } from '../server/call.ts'
import { capabilities } from './capabilities.ts'
import { CAPABILITIES, CAPABILITIES_SCHEMA } from './schema.ts'

/** `/capabilities`, its schema, and the metadata of this resource. */
export const capabilityRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/capabilities',
    public: true,
    openapi: {
      operation: 'custom',
      name: 'getCapabilities',
      summary: 'Which server this is, what it can do, and how to sign in',
      description: 'With a token, the answer also has what its bearer may do in each organization.',
      takesToken: true,
      output: CAPABILITIES,
    },
    handle: capabilities,
  },
  {
    method: 'GET',
    path: '/capabilities/schema',
    public: true,
    openapi: {
      operation: 'custom',
      name: 'getCapabilitiesSchema',
      summary: 'JSON Schema of `/capabilities`',
      output: { type: 'object', additionalProperties: true },
      mediaType: 'application/schema+json',
    },
    handle: schema,
  },
  {
    method: 'GET',
    path: '/.well-known/oauth-protected-resource',
    public: true,
    openapi: {
      operation: 'custom',
      name: 'getProtectedResourceMetadata',
      summary: 'OAuth 2.0 metadata of this resource (RFC 9728)',
      output: {
        type: 'object',
        required: ['resource', 'authorization_servers'],
        properties: {
          resource: { type: 'string', format: 'uri' },
          authorization_servers: { type: 'array', items: { type: 'string', format: 'uri' } },
        },
        additionalProperties: true,
      },
    },
    handle: metadata,
  },
]

/** How long clients may cache answers that do not depend on the caller. */
const FOR_EVERYBODY = { 'Cache-Control': 'public, max-age=300' }

async function schema(call: PublicCall): Promise<Response> {
  readQuery(call.url, [])
  const headers = { ...FOR_EVERYBODY, 'Content-Type': 'application/schema+json' }
  return new Response(JSON.stringify(CAPABILITIES_SCHEMA), { headers })
}

async function metadata(call: PublicCall): Promise<Response> {
  readQuery(call.url, [])
  const document = protectedResourceMetadata(call.env, publicOrigin(call.url.href, call.env))
  return represent(document, negotiate(call.request), { headers: FOR_EVERYBODY })
}
