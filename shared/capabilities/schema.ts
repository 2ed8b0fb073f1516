/**
 * The JSON Schema of `/capabilities`.
 */
import type { JsonObject } from '../kind/object.ts'
import { FEATURES } from './features.ts'
import { SERVER } from './version.ts'

/** Version of the schema. It changes when a client of the old version could misread an answer. */
export const CAPABILITIES_VERSION = 'capabilities.kaphera.com/v1'

/** Editions that clients know, and this one. */
const EDITIONS = [...new Set(['self-hosted', 'managed', SERVER.edition])]

const TEXT = { type: 'string' }
const TEXTS = { type: 'array', items: TEXT }
const COUNT = { type: 'integer', minimum: 0 }

function record(properties: JsonObject, optional: readonly string[] = []): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) }
}

const PERMISSIONS = {
  description: 'Names of the verbs, actions and views that the caller may use, by kind.',
  type: 'object',
  additionalProperties: TEXTS,
}

/** What a caller may do in one organization. */
export const ORGANIZATION_PERMISSIONS: JsonObject = record(
  {
    organization: TEXT,
    role: { type: ['string', 'null'] },
    suspended: { type: 'boolean', description: 'Whether the organization is read-only.' },
    participants: {
      ...TEXTS,
      description: 'Participants that the permissions are limited to; absent without a limit.',
    },
    permissions: PERMISSIONS,
  },
  ['participants'],
)

/** The answer in version v1. Later servers may add members; clients ignore those that they do not know. */
export const CAPABILITIES: JsonObject = {
  title: 'Capabilities',
  ...record(
    {
      $schema: { type: 'string', format: 'uri' },
      apiVersion: { type: 'string', const: CAPABILITIES_VERSION },
      kind: { type: 'string', const: 'Capabilities' },
      server: record({ name: TEXT, version: TEXT, edition: { type: 'string', enum: EDITIONS } }),
      features: {
        ...record(Object.fromEntries(FEATURES.map((name) => [name, { type: 'boolean' }]))),
        additionalProperties: { type: 'boolean' },
      },
      resources: {
        type: 'array',
        items: record({
          path: { type: 'string', description: 'Path of the collection as a URI template (RFC 6570).' },
          group: TEXT,
          version: TEXT,
          kind: TEXT,
          plural: TEXT,
          scope: { type: 'string', enum: ['organization', 'platform'] },
          verbs: TEXTS,
          actions: TEXTS,
          views: TEXTS,
          served: {
            type: ['boolean', 'null'],
            description: 'Whether the cluster serves the kind; null until the cluster has answered.',
          },
        }),
      },
      signIn: {
        description: 'How to sign in; null if sign-in is not configured.',
        oneOf: [
          { type: 'null' },
          record({
            issuer: { type: 'string', format: 'uri' },
            audience: TEXT,
            clients: record({ cli: TEXT, console: TEXT }, ['cli', 'console']),
            scope: { type: 'string', description: 'Scopes to ask for, separated by spaces.' },
            deviceFlow: {
              type: 'boolean',
              description: 'Whether a command line can sign in by the device authorization grant (RFC 8628).',
            },
            resourceMetadata: { type: 'string', format: 'uri' },
          }),
        ],
      },
      limits: record({
        bodyBytes: { ...COUNT, description: 'Largest body for one object. A bulk apply takes more.' },
        bodyValues: {
          ...COUNT,
          description:
            'Largest number of values in the body for one object. In YAML each line and comma counts, also in strings.',
        },
        listLimit: record({ default: COUNT, max: COUNT }),
        scanLimit: { ...COUNT, description: 'Largest number of objects that `sort` and `q` read.' },
        waitSeconds: { ...COUNT, description: 'Largest number of seconds that `Prefer: wait` accepts.' },
        watchSeconds: { ...COUNT, description: 'Seconds after which the server ends an event stream.' },
      }),
      links: record({ openapi: TEXT, docs: TEXT, me: TEXT }),
      permissions: {
        description: 'What the caller may do; absent without a token.',
        ...record({
          platform: PERMISSIONS,
          organizations: { type: 'array', items: ORGANIZATION_PERMISSIONS },
          complete: { type: 'boolean', description: 'Whether `organizations` has all organizations of the caller.' },
        }),
      },
    },
    ['permissions'],
  ),
}

/** {@link CAPABILITIES} as a JSON Schema document. */
export const CAPABILITIES_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://docs.kaphera.com/schemas/capabilities/v1',
  ...CAPABILITIES,
}
