/**
 * Gateway API routes straight to the functions, in place of the gateway function.
 * @see {@link https://gateway-api.sigs.k8s.io/api-types/httproute/}
 * @module
 */
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import { labels, type Manifest, PRODUCT } from './objects.ts'
import { functionHost, TIMEOUT_SECONDS } from './services.ts'
import type { InstallValues } from './values.ts'

/** The function that answers what none serves: with a problem, and load balancers by `/healthz`, as the gateway function does. */
const FALLBACK = 'capabilities'
/** Rules that an HTTPRoute can have. */
const RULES_PER_ROUTE = 16
/** Matches that a rule can have. */
const MATCHES_PER_RULE = 8

/**
 * HTTPRoutes by path, to the ingress of Knative: it finds the function by its host and wakes it. A path template with
 * parameters becomes a regular expression, which Gateway API calls implementation-specific; every implementation in wide use
 * has it. Some compare it with the whole path and others look for it in the path, so it says where the path ends. The timeout is
 * that of the functions, because some implementations would end a stream of events after seconds.
 */
export function httpRoutes(values: InstallValues, catalogue: readonly FunctionDefinition[]): Manifest[] {
  const { backend, name: gateway, namespace } = values.gateway
  const rules = catalogue
    .filter(({ name }) => name !== 'gateway')
    .flatMap(({ name, routes }) =>
      chunks([...routes.map(match), ...(name === FALLBACK ? [EVERYTHING] : [])], MATCHES_PER_RULE).map((matches) => ({
        matches,
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { hostname: functionHost(values, name) },
          },
        ],
        backendRefs: [backend],
        timeouts: { request: `${TIMEOUT_SECONDS}s` },
      })),
    )
  const routes = chunks(rules, RULES_PER_ROUTE).map(
    (part, index): Manifest => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: `kaphera-cloud-server-${index + 1}`, namespace: values.namespace, labels: labels('route') },
      spec: {
        parentRefs: [{ name: gateway, ...(namespace !== undefined && { namespace }) }],
        hostnames: [new URL(values.publicUrl).hostname],
        rules: part,
      },
    }),
  )
  return backend.namespace === values.namespace ? routes : [...routes, grant(values)]
}

/** Lets the routes name the ingress of Knative as their backend, which lies in its own namespace. */
function grant({ namespace, gateway: { backend } }: InstallValues): Manifest {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: PRODUCT, namespace: backend.namespace, labels: labels('route') },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace }],
      to: [{ group: '', kind: 'Service', name: backend.name }],
    },
  }
}

/** Every other match is more specific. */
const EVERYTHING = { path: { type: 'PathPrefix', value: '/' } }

function match(route: string): object {
  if (!route.includes(':')) return { path: { type: 'Exact', value: route } }
  const pattern = route.replaceAll('.', '[.]').replaceAll(/:\w+/g, '[^/]+')
  return { path: { type: 'RegularExpression', value: `${pattern}$` } }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
