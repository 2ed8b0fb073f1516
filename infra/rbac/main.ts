/**
 * `npm run -s rbac -- acme=org-acme globex=org-globex | kubectl apply -f -`: what the cluster's RBAC allows callers, for
 * KUBE_IDENTITY=impersonate.
 * @module
 */
import { buildAll } from '../bundle/build.ts'
import { catalogue } from '../bundle/manifest.ts'
import { toYaml } from '../knative/render.ts'
import { callerRoles, tenantBindings } from './callers.ts'

/** Prints the objects. */
async function main(args: readonly string[]): Promise<void> {
  const tenants = args.map((argument) => {
    const [name = '', namespace = '', more] = argument.split('=')
    if (name === '' || namespace === '' || more !== undefined) {
      throw new Error(`${argument} is not of the form organisation=namespace`)
    }
    return { name, namespace }
  })
  const kinds = catalogue((await buildAll()).bundles).flatMap(({ resource }) => resource ?? [])
  const platformNamespace = process.env.PLATFORM_NAMESPACE ?? 'kaphera-system'
  const bindings = tenants.flatMap((tenant) => tenantBindings(tenant, kinds, platformNamespace))
  console.log(toYaml([...callerRoles(kinds), ...bindings]))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
