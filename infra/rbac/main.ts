/**
 * `npm run -s rbac -- acme=org-acme globex=org-globex | kubectl apply -f -`: the cluster's RBAC for callers, with
 * KUBE_IDENTITY=impersonate or caller.
 */
import { parseArgs } from 'node:util'
import { buildAll } from '../bundle/build.ts'
import { EDITION_OPTIONS, EDITION_USAGE, editionOf } from '../bundle/edition.ts'
import { catalog } from '../bundle/manifest.ts'
import { rbacYaml } from './output.ts'

/** The usage text. */
const USAGE = `usage: npm run -s rbac -- [ORGANIZATION=NAMESPACE]...

  --identity impersonate|caller      KUBE_IDENTITY of the server (default: impersonate)
  PLATFORM_NAMESPACE=kaphera-system  namespace of Organization and Cell objects (environment)
${EDITION_USAGE}`

/** Prints the objects. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean' }, identity: { type: 'string', default: 'impersonate' }, ...EDITION_OPTIONS },
    allowPositionals: true,
  })
  if (values.help) return console.log(USAGE)
  const { identity } = values
  if (identity !== 'impersonate' && identity !== 'caller') throw new Error('--identity must be impersonate or caller')
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
  console.log(rbacYaml(kinds, tenants, platformNamespace, identity))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
