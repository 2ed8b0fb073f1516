/**
 * The schemas of a kind: what is answered, what is sent, and lists.
 */
import type { JsonObject } from '../../../shared/kind/object.ts'
import { annotationsOf } from '../generate/annotations.ts'
import { type CrdFile, mainVersion, rootOf } from '../generate/crd.ts'
import { jsonSchema, schemaRef } from './schema.ts'

/** A JSON Pointer (RFC 6901). */
const POINTER = '^(/([^~/]|~[01])*)*$'

/** Schemas that all kinds share. */
export const COMMON_SCHEMAS: JsonObject = {
  ObjectMeta: {
    description: 'Metadata of a stored object.',
    type: 'object',
    required: ['name', 'namespace', 'uid', 'creationTimestamp'],
    properties: {
      name: { type: 'string' },
      namespace: { type: 'string', description: 'Follows from the organization; clients never choose it.' },
      uid: { type: 'string' },
      resourceVersion: { type: 'string', description: 'Absent in a dry run that creates.' },
      generation: { type: 'integer', description: 'Grows when the spec changes.' },
      creationTimestamp: { type: 'string', format: 'date-time' },
      deletionTimestamp: { type: 'string', format: 'date-time', description: 'Set while finalizers run.' },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      annotations: { type: 'object', additionalProperties: { type: 'string' } },
      finalizers: { type: 'array', items: { type: 'string' } },
      ownerReferences: { type: 'array', items: { type: 'object', additionalProperties: true } },
    },
  },
  ManifestMeta: {
    description:
      'What a client says of metadata. What the server owns may stand here, as read, and is ignored; an apply is refused (409) if its `uid` is that of another object.',
    type: 'object',
    properties: {
      name: {
        type: 'string',
        maxLength: 253,
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
        description: 'Required by POST. Otherwise it is that of the path, which it may repeat.',
      },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      annotations: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
  ListMeta: {
    type: 'object',
    properties: {
      resourceVersion: { type: 'string', description: 'State of the collection; a watch can go on from it.' },
      continue: { type: 'string', description: 'Where the next page begins; absent on the last.' },
      remainingItemCount: { type: 'integer', description: 'Objects that follow, where it is known.' },
    },
  },
  Summary: {
    description: 'An object as the columns of `kubectl get` show it.',
    type: 'object',
    required: ['metadata', 'ready', 'columns'],
    properties: {
      metadata: {
        type: 'object',
        required: ['name', 'namespace', 'uid', 'creationTimestamp'],
        properties: {
          name: { type: 'string' },
          namespace: { type: 'string' },
          uid: { type: 'string' },
          creationTimestamp: { type: 'string', format: 'date-time' },
          deletionTimestamp: { type: 'string', format: 'date-time' },
          labels: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: '`cloud.kaphera.com/organization` names the organization.',
          },
        },
      },
      ready: { type: 'boolean' },
      columns: { type: 'object', additionalProperties: true, description: 'Values by the name of the column.' },
    },
  },
  Counts: {
    description: 'Counts of the objects that the caller may see.',
    type: 'object',
    required: ['total', 'ready', 'phases'],
    properties: {
      total: { type: 'integer', minimum: 0 },
      ready: { type: 'integer', minimum: 0 },
      phases: {
        type: 'object',
        additionalProperties: { type: 'integer', minimum: 0 },
        description: 'Numbers by `status.phase`; `Unknown` stands for none.',
      },
    },
  },
  SummaryList: {
    description:
      'A list with `view=summary`, or with `view=overview`: then it has `counts`, and its items are the oldest ten that are not ready.',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'columns', 'items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: schemaRef('ListMeta'),
      columns: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'type', 'priority'],
          properties: {
            name: { type: 'string' },
            type: { type: 'string', enum: ['string', 'integer', 'number', 'boolean', 'date'] },
            priority: { type: 'integer', description: '0 is always shown, more only in wide views.' },
            description: { type: 'string' },
          },
        },
      },
      items: {
        type: 'array',
        items: schemaRef('Summary'),
      },
      counts: schemaRef('Counts'),
    },
  },
  // Parts of an object, which the schema of the whole does not fit.
  MergePatch: {
    type: 'object',
    description:
      'What changes (RFC 7396); `null` removes. `metadata.uid` is a precondition, `metadata.resourceVersion` is not.',
    additionalProperties: true,
  },
  ApplyPatch: {
    type: 'object',
    description:
      'The fields that this client wants to own (server-side apply). `metadata.uid` is a precondition, `metadata.resourceVersion` is not.',
    additionalProperties: true,
  },
  JsonPatch: {
    description: 'JSON Patch (RFC 6902).',
    type: 'array',
    items: {
      type: 'object',
      required: ['op', 'path'],
      properties: {
        op: { type: 'string', enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
        path: { type: 'string', pattern: POINTER, description: 'JSON Pointer.' },
        from: { type: 'string', pattern: POINTER, description: 'JSON Pointer; required by move and copy.' },
        value: { description: 'Any JSON value; required by add, replace and test.' },
      },
    },
  },
}

/** The schemas of a kind by name. */
export function kindSchemas(source: CrdFile): JsonObject {
  const { crd } = source
  const { kind } = crd.spec.names
  const version = mainVersion(source)
  const root = rootOf(source)
  const spec = jsonSchema(root.properties?.spec ?? { type: 'object', additionalProperties: true })
  const status = jsonSchema(root.properties?.status ?? { type: 'object', additionalProperties: true })
  for (const path of annotationsOf(source).secretFields ?? []) hide({ properties: { spec, status } }, path.split('.'))
  const rules = root['x-kubernetes-validations' as keyof typeof root]
  const specRequired = root.required?.includes('spec') === true ? ['spec'] : []
  const type = {
    apiVersion: { type: 'string', const: `${crd.spec.group}/${version.name}` },
    kind: { type: 'string', const: kind },
  }
  return {
    [kind]: {
      ...(root.description !== undefined && { description: root.description }),
      type: 'object',
      required: ['apiVersion', 'kind', 'metadata', ...specRequired, 'ready'],
      properties: {
        ...type,
        metadata: schemaRef('ObjectMeta'),
        spec: schemaRef(`${kind}Spec`),
        status: schemaRef(`${kind}Status`),
        ready: {
          type: 'boolean',
          readOnly: true,
          description: 'Whether the condition Ready is True for the current generation.',
        },
      },
    },
    [`${kind}Manifest`]: {
      description: `A ${kind} as clients send it. \`status\`, \`ready\` and metadata of the server may stand in it and are ignored.`,
      type: 'object',
      ...(specRequired.length > 0 && { required: specRequired }),
      properties: { ...type, metadata: schemaRef('ManifestMeta'), spec: schemaRef(`${kind}Spec`) },
      ...(rules !== undefined && { 'x-kubernetes-validations': rules }),
    },
    [`${kind}Spec`]: spec,
    [`${kind}Status`]: status,
    [`${kind}List`]: {
      type: 'object',
      required: ['apiVersion', 'kind', 'metadata', 'items'],
      properties: {
        apiVersion: type.apiVersion,
        kind: { type: 'string', const: `${kind}List` },
        metadata: schemaRef('ListMeta'),
        items: { type: 'array', items: schemaRef(kind) },
      },
    },
  }
}

function hide(schema: JsonObject, [first, ...rest]: readonly string[]): void {
  if (first === undefined) {
    schema.writeOnly = true
    return
  }
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>
  const next = properties[first]
  if (next !== undefined) hide(rest.length === 0 ? next : ((next.items ?? next) as JsonObject), rest)
}
