/**
 * `npm run -s rbac -- acme=org-acme globex=org-globex | kubectl apply -f -`: the cluster's RBAC for callers, with
 * KUBE_IDENTITY=impersonate.
 */
import { parseArgs } from 'node:util'
import { buildAll } from '../bundle/build.ts'
import { EDITION_OPTIONS, editionOf } from '../bundle/edition.ts'
import { catalog } from '../bundle/manifest.ts'
import { toYaml } from '../knative/render.ts'
import { callerRoles, tenantBindings } from './callers.ts'

/** Prints the objects. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...args], options: EDITION_OPTIONS, allowPositionals: true })
  const tenants = positionals.map((argument) => {
    const [name = '', namespace = '', more] = argument.split('=')
    if (name === '' || namespace === '' || more !== undefined) {
      throw new Error(`${argument} must have the form organization=namespace`)
    }
    return { name, namespace }
  })
  const kinds = catalog((await buildAll({ edition: editionOf(values) })).bundles).flatMap(
    ({ resource }) => resource ?? [],
  )
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
