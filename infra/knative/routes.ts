/**
 * Gateway API routes straight to the functions, in place of the gateway function.
 * @see {@link https://gateway-api.sigs.k8s.io/api-types/httproute/}
 * @module
 */
import type { FunctionDefinition } from '../../shared/resource/definition.ts'
import { labels, type Manifest } from './objects.ts'
import type { InstallValues } from './values.ts'

/** Rules that an HTTPRoute can have. */
const RULES_PER_ROUTE = 16
/** Matches that a rule can have. */
const MATCHES_PER_RULE = 8

/**
 * HTTPRoutes by path. A path template with parameters becomes a regular expression, which Gateway API calls
 * implementation-specific; every implementation in wide use has it.
 */
export function httpRoutes(values: InstallValues, catalogue: readonly FunctionDefinition[]): Manifest[] {
  const rules = catalogue
    .filter(({ name }) => name !== 'gateway')
    .flatMap(({ name, routes }) =>
      chunks(routes.map(match), MATCHES_PER_RULE).map((matches) => ({
        matches,
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { hostname: `${name}.${values.namespace}.svc.cluster.local` },
          },
        ],
        backendRefs: [{ name, namespace: values.namespace, port: 80 }],
      })),
    )
  return chunks(rules, RULES_PER_ROUTE).map((part, index) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `kaphera-cloud-server-${index + 1}`, namespace: values.namespace, labels: labels('route') },
    spec: {
      parentRefs: [
        { name: values.gateway.name, ...(values.gateway.namespace && { namespace: values.gateway.namespace }) },
      ],
      hostnames: [new URL(values.publicUrl).hostname],
      rules: part,
    },
  }))
}

function match(route: string): object {
  if (!route.includes(':')) return { path: { type: 'Exact', value: route } }
  const pattern = route.replaceAll('.', '[.]').replaceAll(/:\w+/g, '[^/]+')
  return { path: { type: 'RegularExpression', value: pattern } }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
