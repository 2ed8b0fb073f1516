/**
 * The document of the API (OpenAPI 3.1), from what the functions show of themselves and the CRDs.
 * @see {@link https://spec.openapis.org/oas/v3.1.1.html}
 * @module
 */
import { join } from 'node:path'
import type { ResourceDescription } from '../../../shared/kind/description.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import { ISSUER_PLACEHOLDER, type OpenApiDocument, withoutUnused } from '../../../shared/openapi/document.ts'
import type { Bundle } from '../bundle.ts'
import { type CrdFile, mainVersion, readCrds } from '../generate/crd.ts'
import { PROJECT, projectVersion } from '../project.ts'
import { readExamples } from './examples.ts'
import { COMMON_SCHEMAS, kindSchemas } from './kinds.ts'
import { type DocumentedKind, operation, SECURITY } from './operations.ts'
import { HEADERS, PARAMETERS } from './parameters.ts'
import { PROBLEM_SCHEMAS, problemResponses } from './problems.ts'

/** Version of the API that the document describes; it grows when the document changes incompatibly. */
export const API_VERSION = '1.0.0'

const DESCRIPTION = `Custom resources of dataspace infrastructure over HTTP.

* **Signing in**: \`/capabilities\` names the issuer and the clients of consoles and command lines. \`/v1/organizations/{organization}/permissions\` says what the caller may do.
* **Objects** are what \`kubectl get -o json\` shows, so that one manifest works with kubectl and here. A computed \`ready\` stands beside \`status\`.
* **Representations**: JSON, and YAML by \`Accept: application/yaml\`. Bodies may be YAML too.
* **Errors** are problem details (RFC 9457) with a stable \`code\`; \`errors\` names every faulty field at once.
* **Races**: objects have a strong \`ETag\`. \`If-Match\` compares what clients want, so an operator's status write fails nobody.
* **Following**: lists and objects with \`Accept: text/event-stream\` answer the first state, \`SYNCED\`, then every change. \`Last-Event-ID\` resumes; the server ends a stream after some minutes, so clients open the next one.
* **Waiting**: \`Prefer: wait=60\` answers when the object is ready, or gone, and 202 if that takes longer.
* **Trying**: \`dryRun=All\` does everything but store, and \`diff=1\` with it shows what would change.
* **Every GET** can be a HEAD; **OPTIONS** and 405 tell the methods of a path in \`Allow\`.
* **Names**: what the caller may not see answers as what does not exist.`

/**
 * Makes the document of all functions.
 * @throws {Error} if a route does not say what it is, or a kind has no CRD
 */
export async function makeDocument(bundles: readonly Bundle[]): Promise<OpenApiDocument> {
  const [crds, examples, version] = await Promise.all([
    readCrds(join(PROJECT, 'infra', 'crds')),
    readExamples(),
    projectVersion(),
  ])
  const paths: Record<string, JsonObject> = {}
  const schemas: JsonObject = { ...PROBLEM_SCHEMAS, ...COMMON_SCHEMAS }
  for (const { definition, routes } of bundles) {
    const { resource } = definition
    const source = resource && sourceOf(resource, crds)
    const kind: DocumentedKind | undefined = resource &&
      source && { ...resource, crd: mainVersion(source), example: exampleOf(resource, examples) }
    if (source !== undefined) Object.assign(schemas, kindSchemas(source))
    for (const route of routes) {
      const template = route.path.replaceAll(/:(\w+)/g, '{$1}')
      const item = paths[template] ?? {}
      item[route.method.toLowerCase()] = { tags: [definition.name], ...operation(route, kind) }
      paths[template] = item
    }
  }
  return withoutUnused({
    openapi: '3.1.1',
    info: {
      title: 'Kaphera Cloud Server',
      version: API_VERSION,
      'x-server-version': version,
      description: DESCRIPTION,
      license: { name: 'Elastic License 2.0', identifier: 'Elastic-2.0' },
    },
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    security: SECURITY,
    tags: kindsFirst(bundles).map((bundle) => tag(bundle, crds)),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas,
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: problemResponses(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'An access token of a trusted issuer for the audience of this server (RFC 6750). Sign in at the issuer: command lines use the device authorization grant (RFC 8628); `/capabilities` has client ids, audience and scopes.',
          // A scheme of type openIdConnect would say so too, but generated clients refuse every request that names one.
          'x-openIdConnectUrl': ISSUER_PLACEHOLDER,
          'x-device-authorization': {
            grantType: 'urn:ietf:params:oauth:grant-type:device_code',
            endpoint: '`device_authorization_endpoint` of the discovery document',
          },
        },
      },
    },
  })
}

function sourceOf(resource: ResourceDescription, crds: readonly CrdFile[]): CrdFile {
  const found = crds.find(({ crd: { spec } }) => spec.group === resource.group && spec.names.plural === resource.plural)
  if (found === undefined) throw new Error(`there is no CRD of ${resource.plural} in ${resource.group}`)
  return found
}

function exampleOf(kind: ResourceDescription, examples: ReadonlyMap<string, JsonObject>): JsonObject | undefined {
  const example = examples.get(kind.kind)
  if (example === undefined) return undefined
  const metadata = { ...(example.metadata as JsonObject), name: `my-${kind.kind.toLowerCase()}` }
  return { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata, spec: example.spec }
}

/** What the functions do that serve no kind. */
const TAGS: Readonly<Record<string, string>> = {
  apply: 'Many manifests at once.',
  capabilities: 'What this server is, what it can do, and how to sign in.',
  gateway: 'Health of the process.',
  me: 'The caller, and what it may do.',
  openapi: 'This document, and a page that shows it.',
}

function tag({ definition }: Bundle, crds: readonly CrdFile[]): JsonObject {
  const { name, resource } = definition
  if (resource === undefined) return { name, description: TAGS[name] ?? `The function ${name}.` }
  const description = mainVersion(sourceOf(resource, crds)).schema?.openAPIV3Schema?.description
  return { name, ...(description !== undefined && { description }), 'x-kind': resource.kind }
}

/** What readers look for comes first. */
function kindsFirst(bundles: readonly Bundle[]): Bundle[] {
  const isKind = ({ definition }: Bundle): number => Number(definition.resource !== undefined)
  return bundles.filter(({ routes }) => routes.length > 0).sort((a, b) => isKind(b) - isKind(a))
}
