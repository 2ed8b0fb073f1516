/**
 * The JSON Schema of `/capabilities`.
 * @module
 */
import type { JsonObject } from '../kind/object.ts'
import { FEATURES } from './features.ts'

/** Version of the document; it changes when a client that knows the old one could misread the new. */
export const CAPABILITIES_VERSION = 'capabilities.kaphera.com/v1'

const TEXT = { type: 'string' }
const TEXTS = { type: 'array', items: TEXT }
const COUNT = { type: 'integer', minimum: 0 }

function record(properties: JsonObject, optional: readonly string[] = []): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) }
}

const PERMISSIONS = {
  description: 'Verbs, actions and views that are granted, by kind.',
  type: 'object',
  additionalProperties: TEXTS,
}

/** What a caller may do in one organisation. */
export const ORGANIZATION_PERMISSIONS: JsonObject = record(
  {
    organization: TEXT,
    role: { type: ['string', 'null'] },
    suspended: { type: 'boolean', description: 'Whether the organisation can only be read.' },
    participants: { ...TEXTS, description: 'Participants that the rights are limited to.' },
    permissions: PERMISSIONS,
  },
  ['participants'],
)

/** The document of version v1. Members may be added; clients ignore those that they do not know. */
export const CAPABILITIES: JsonObject = {
  title: 'Capabilities',
  ...record(
    {
      $schema: { type: 'string', format: 'uri' },
      apiVersion: { type: 'string', const: CAPABILITIES_VERSION },
      kind: { type: 'string', const: 'Capabilities' },
      server: record({ name: TEXT, version: TEXT, edition: { type: 'string', enum: ['self-hosted', 'managed'] } }),
      features: {
        ...record(Object.fromEntries(FEATURES.map((name) => [name, { type: 'boolean' }]))),
        additionalProperties: { type: 'boolean' },
      },
      resources: {
        type: 'array',
        items: record({
          path: { type: 'string', description: 'Of the collection, as a URI template (RFC 6570).' },
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
            description: 'Whether the cluster has the kind; null as long as the cluster has not said so: ask again.',
          },
        }),
      },
      signIn: {
        description: 'How to sign in; null while it is not configured.',
        oneOf: [
          { type: 'null' },
          record({
            issuer: { type: 'string', format: 'uri' },
            audience: TEXT,
            clients: record({ cli: TEXT, console: TEXT }, ['cli', 'console']),
            scope: { type: 'string', description: 'Scopes to ask for, separated by spaces.' },
            deviceFlow: { type: 'boolean', description: 'Whether a command line can sign in by RFC 8628.' },
            resourceMetadata: { type: 'string', format: 'uri' },
          }),
        ],
      },
      limits: record({
        bodyBytes: COUNT,
        listLimit: record({ default: COUNT, max: COUNT }),
        scanLimit: { ...COUNT, description: 'Objects that `sort` and `q` look at.' },
        waitSeconds: { ...COUNT, description: 'Seconds that `Prefer: wait` can ask for.' },
        watchSeconds: { ...COUNT, description: 'Seconds after which a stream of events ends itself.' },
      }),
      links: record({ openapi: TEXT, docs: TEXT, me: TEXT }),
      permissions: {
        description: 'What the caller may do; only with a token.',
        ...record({
          platform: PERMISSIONS,
          organizations: { type: 'array', items: ORGANIZATION_PERMISSIONS },
          complete: { type: 'boolean', description: 'Whether all organisations of the caller are listed.' },
        }),
      },
    },
    ['permissions'],
  ),
}

/** The same as a schema that stands alone. */
export const CAPABILITIES_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://docs.kaphera.com/schemas/capabilities/v1',
  ...CAPABILITIES,
}
