/**
 * `node build.mjs chart`: the Helm chart, made from the templates in chart/ and from what the functions are.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { fieldOf } from '../../shared/kind/paths.ts'
import { type Build, buildAll } from '../bundle/build.ts'
import { EDITION_OPTIONS, editionOf } from '../bundle/edition.ts'
import { catalog } from '../bundle/manifest.ts'
import { PROJECT, projectVersion } from '../bundle/project.ts'
import { accountRules, type Installed, PRODUCT } from '../knative/objects.ts'
import { installedFunctions, overallHash } from '../knative/render.ts'
import { routeRules } from '../knative/routes.ts'
import { Fields } from '../knative/values/fields.ts'
import { FORMS, ONLY } from '../knative/values/form.ts'
import { type JsonSchema, jsonSchema } from '../knative/values/schema.ts'
import { flag, oneOf, text } from '../knative/values/types.ts'

/** Directory of the templates. */
const SOURCE = join(import.meta.dirname, 'chart')

const { namespace: _, ...shared } = Fields.entries
/** The values of the chart. Helm itself names the namespace. */
const ChartFields = v.strictObject({
  ...shared,
  /** The form, which `render` takes as an option. */
  form: v.optional(oneOf(...FORMS), 'knative'),
  nameOverride: v.optional(text, ''),
  fullnameOverride: v.optional(text, ''),
  /** Whether functions that have not changed get the new image, too. */
  updateAll: v.optional(flag, false),
  /** What Helm adds to the values of a chart that another chart includes. */
  global: v.optional(v.record(v.string(), v.unknown())),
})

/** The JSON Schema of the chart's values. */
export function valuesSchema(): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: PRODUCT, ...jsonSchema(ChartFields) }
}

/**
 * Writes the chart.
 * @param directory - Where; what is there is replaced
 */
export async function writeChart(build: Build, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await cp(SOURCE, directory, { recursive: true })
  const version = projectVersion()
  const about = await readFile(join(SOURCE, 'Chart.yaml'), 'utf8')
  await writeFile(join(directory, 'Chart.yaml'), `${about}version: ${version}\nappVersion: '${version}'\n`)
  await writeFile(join(directory, 'values.schema.json'), json(valuesSchema()))
  await mkdir(join(directory, 'files'))
  await writeFile(join(directory, 'files', 'functions.json'), json(functionData(build)))
  await writeFile(join(directory, 'files', 'forms.json'), json(formData()))
  await cp(join(PROJECT, 'LICENSE'), join(directory, 'LICENSE'))
  await writeFile(join(directory, 'README.md'), await chartReadme())
}

/** The README of the chart. The files of the project that it links to are not in the chart, so it only names them. */
export async function chartReadme(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, 'README.md'), 'utf8')
  return text.replaceAll(/\[([^\]]+)\]\(\.\.[^)]*\)/g, '$1 of the project')
}

/**
 * Builds, and writes the chart to dist/chart.
 * @param args - The command line
 */
export async function chartCommand(args: readonly string[]): Promise<void> {
  const edition = editionOf(parseArgs({ args: [...args], options: EDITION_OPTIONS }).values)
  const directory = join(edition.out, 'chart', PRODUCT)
  await writeChart(await buildAll({ edition }), directory)
  console.log(directory)
}

/** What the templates know of values that only one form has. Helm fills in the defaults, so one of those counts as no value. */
export function formData(): Readonly<Record<string, { readonly form: string; readonly default: unknown }>> {
  const defaultOf = (path: string): unknown => {
    const [key = ''] = path.split('.')
    return fieldOf({ [key]: v.parse(Fields.entries[key as keyof typeof Fields.entries], undefined) }, path)
  }
  return Object.fromEntries(
    Object.entries(ONLY).map(([path, form]) => [path, { form, default: defaultOf(path) ?? '' }]),
  )
}

/** What the templates know of the functions. */
function functionData(build: Build): object {
  // Only the image depends on values, and the chart has its own.
  const functions = installedFunctions(build, { image: '' }, [])
  return {
    server: { hash: overallHash(functions), rules: rulesByIdentity(functions.flatMap(({ rbac }) => rbac)) },
    functions: Object.fromEntries(
      functions.map(({ name, hash, calls, rbac }) => [
        name,
        { hash, calls: calls.length > 0, rules: rulesByIdentity(rbac) },
      ]),
    ),
    routes: routeRules(catalog(build.bundles)),
  }
}

/** The rights of a ServiceAccount: as the functions have them, and with each kind of impersonation. */
function rulesByIdentity(rules: Installed['rbac']): object {
  return {
    function: accountRules({ kubeIdentity: 'function', kubeImpersonation: 'any' }, rules),
    any: accountRules({ kubeIdentity: 'impersonate', kubeImpersonation: 'any' }, rules),
    constrained: accountRules({ kubeIdentity: 'impersonate', kubeImpersonation: 'constrained' }, rules),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
