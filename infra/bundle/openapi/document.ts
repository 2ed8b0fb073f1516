/**
 * Generates the OpenAPI 3.1 document from the functions' routes and the CRDs.
 * @see {@link https://spec.openapis.org/oas/v3.1.1.html}
 */
import type { KindDescription } from '../../../shared/kind/description.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import { ISSUER_PLACEHOLDER, type OpenApiDocument, withoutUnused } from '../../../shared/openapi/document.ts'
import type { Bundle } from '../bundle.ts'
import { crdsOf, type Edition, SELF_HOSTED } from '../edition.ts'
import { type CrdFile, mainVersion } from '../generate/crd.ts'
import { projectVersion } from '../project.ts'
import { DIAGNOSIS_SCHEMAS } from './diagnosis.ts'
import { readExamples } from './examples.ts'
import { COMMON_SCHEMAS, kindSchemas } from './kinds.ts'
import { type DocumentedKind, operation, SECURITY } from './operations.ts'
import { HEADERS, PARAMETERS } from './parameters.ts'
import { PROBLEM_SCHEMAS, problemResponses } from './problems.ts'

/** Version of the API. The major version grows with an incompatible change. */
export const API_VERSION = '1.0.0'

const DESCRIPTION = `Custom resources of dataspace infrastructure over HTTP.

* **Signing in**: \`/capabilities\` names the issuer, and the clients for consoles and command lines. \`/v1/organizations/{organization}/permissions\` says what the caller may do.
* **Objects** look as in \`kubectl get -o json\`, so that the same manifest works with kubectl and with this API. They also have a computed field \`ready\`.
* **Representations**: JSON, or YAML with \`Accept: application/yaml\`. Request bodies may be YAML as well.
* **Errors** are problem details (RFC 9457) with a stable \`code\`; \`errors\` lists every invalid field at once.
* **Concurrent changes**: objects have a strong \`ETag\` for \`If-Match\`, which still holds when an operator has written the status. \`metadata.resourceVersion\` in a body is no precondition, unlike in Kubernetes.
* **Watching**: with \`Accept: text/event-stream\`, lists and objects send the current state, \`SYNCED\`, and then every change. The server ends a stream after some minutes; clients resume with \`Last-Event-ID\`. \`/v1/organizations/{organization}/watch\` and \`/v1/watch\` have the events of many kinds in one stream.
* **Waiting**: with \`Prefer: wait=60\` the answer comes when the object is ready or gone, or after 60 seconds with 202.
* **Dry runs**: \`dryRun=All\` checks a write without storing it; with \`diff=true\` the answer is what would change.
* **Methods**: every GET can be a HEAD. OPTIONS and 405 list the methods of a path in \`Allow\`.
* **Privacy**: for an object that the caller may not see, the status is 404, as if it did not exist.`

/**
 * Generates the document of all functions.
 * @param bundles - The functions
 * @param edition - Has the CRDs of their kinds (default: this project by itself)
 * @throws {Error} if a route has no property `openapi`, or a kind has no CRD
 */
export async function makeDocument(
  bundles: readonly Bundle[],
  edition: Edition = SELF_HOSTED,
): Promise<OpenApiDocument> {
  const [crds, examples] = await Promise.all([crdsOf(edition), readExamples()])
  const paths: Record<string, JsonObject> = {}
  const schemas: JsonObject = { ...PROBLEM_SCHEMAS, ...COMMON_SCHEMAS, ...DIAGNOSIS_SCHEMAS }
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
      'x-server-version': projectVersion(),
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
          // The type openIdConnect would fit, but generated clients refuse requests with it.
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

function sourceOf(resource: KindDescription, crds: readonly CrdFile[]): CrdFile {
  const found = crds.find(({ crd: { spec } }) => spec.group === resource.group && spec.names.plural === resource.plural)
  if (found === undefined) throw new Error(`${resource.plural}.${resource.group} has no CRD`)
  return found
}

function exampleOf(kind: KindDescription, examples: ReadonlyMap<string, JsonObject>): JsonObject | undefined {
  const example = examples.get(kind.kind)
  if (example === undefined) return undefined
  const metadata = { ...(example.metadata as JsonObject), name: `my-${kind.kind.toLowerCase()}` }
  return { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata, spec: example.spec }
}

function tag({ definition }: Bundle, crds: readonly CrdFile[]): JsonObject {
  const { name, resource, description: own = `The function ${name}.` } = definition
  if (resource === undefined) return { name, description: own }
  const description = mainVersion(sourceOf(resource, crds)).schema?.openAPIV3Schema?.description
  return { name, ...(description !== undefined && { description }), 'x-kind': resource.kind }
}

/** Puts the most used tags first. */
function kindsFirst(bundles: readonly Bundle[]): Bundle[] {
  const isKind = ({ definition }: Bundle): number => Number(definition.resource !== undefined)
  return bundles.filter(({ routes }) => routes.length > 0).sort((a, b) => isKind(b) - isKind(a))
}
