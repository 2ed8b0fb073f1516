/**
 * Gateway API routes that lead straight to the functions and replace the gateway function.
 * @see {@link https://gateway-api.sigs.k8s.io/api-types/httproute/}
 */
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import { labels, type Manifest, PRODUCT } from './objects.ts'
import { functionHost, TIMEOUT_SECONDS } from './services.ts'
import type { InstallValues } from './values.ts'

/** The function that gets unmatched paths. Like the gateway it answers with a problem, and load balancers at `/healthz`. */
const FALLBACK = 'capabilities'
/** Maximum number of rules that an HTTPRoute can have. */
const RULES_PER_ROUTE = 16
/** Maximum number of matches that a rule can have. */
const MATCHES_PER_RULE = 8

/**
 * HTTPRoutes by path to Knative's ingress, which finds the function by its host name and starts it. A path template with
 * parameters becomes a regular expression. Gateway API calls these implementation-specific, but all common implementations
 * support them. Some match the whole path and some a part of it, so the expression ends with `$`. The timeout is the
 * functions' own, because some implementations would cut event streams after seconds.
 */
export function httpRoutes(values: InstallValues, catalog: readonly FunctionDefinition[]): Manifest[] {
  const { backend, name: gateway, namespace } = values.gateway
  const routes = routeRules(catalog).map(
    (rules, index): Manifest => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: `kaphera-cloud-server-${index + 1}`, namespace: values.namespace, labels: labels('route') },
      spec: {
        parentRefs: [{ name: gateway, ...(namespace !== undefined && { namespace }) }],
        hostnames: [new URL(values.publicUrl).hostname],
        rules: rules.map(({ function: name, matches }) => ({
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
      },
    }),
  )
  return backend.namespace === values.namespace ? routes : [...routes, grant(values)]
}

/** Paths that lead to one function. */
interface RouteRule {
  readonly function: string
  readonly matches: readonly object[]
}

/** The rules of each HTTPRoute. */
export function routeRules(catalog: readonly FunctionDefinition[]): RouteRule[][] {
  const rules = catalog
    .filter(({ name }) => name !== 'gateway')
    .flatMap(({ name, routes }) =>
      chunks([...routes.map(match), ...(name === FALLBACK ? [EVERYTHING] : [])], MATCHES_PER_RULE).map((matches) => ({
        function: name,
        matches,
      })),
    )
  return chunks(rules, RULES_PER_ROUTE)
}

/** Lets the routes use Knative's ingress, which is in another namespace, as their backend. */
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

/** Matches every path that has no more specific match. */
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
