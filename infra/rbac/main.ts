/**
 * `npm run -s rbac -- acme=org-acme globex=org-globex | kubectl apply -f -`: the cluster's RBAC for callers, with
 * KUBE_IDENTITY=impersonate.
 */
import { parseArgs } from 'node:util'
import { buildAll } from '../bundle/build.ts'
import { EDITION_OPTIONS, EDITION_USAGE, editionOf } from '../bundle/edition.ts'
import { catalog } from '../bundle/manifest.ts'
import { toYaml } from '../knative/render.ts'
import { callerRoles, tenantBindings } from './callers.ts'

/** The usage text. */
const USAGE = `usage: npm run -s rbac -- [ORGANIZATION=NAMESPACE]...

  PLATFORM_NAMESPACE=kaphera-system  namespace of Organization and Cell objects (environment)
${EDITION_USAGE}`

/** Prints the objects. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean' }, ...EDITION_OPTIONS },
    allowPositionals: true,
  })
  if (values.help) return console.log(USAGE)
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
