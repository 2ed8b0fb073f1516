/**
 * The generated files of one kind, in shared/schemas.
 * @module
 */
import { referencesOf, scopeOf, secretFieldsOf } from './annotations.ts'
import { type CrdFile, mainVersion, rootOf, type SchemaNode } from './crd.ts'
import { hoist } from './hoist.ts'
import { FORMAT_NAMES, schemaExpression } from './schema.ts'
import { docComment, literal, record } from './text.ts'
import { Interfaces } from './types.ts'

const STRUCTURAL = [
  'anything',
  'boolean',
  'integer',
  'intOrString',
  'list',
  'map',
  'nullable',
  'number',
  'object',
  'oneOf',
  'optional',
  'string',
]

/**
 * The files for a CRD by their names, not yet formatted: `<plural>.ts` with types and names, which every start loads, and
 * `specs/<plural>.ts`, the schema of its spec, which is loaded with the first write.
 * @throws {Error} naming the field, if the CRD has something that cannot be generated
 */
export function generatedFiles(source: CrdFile): Map<string, string> {
  const { plural } = source.crd.spec.names
  return new Map([
    [`${plural}.ts`, kindCode(source)],
    [`specs/${plural}.ts`, schemaCode(source)],
  ])
}

function kindCode(source: CrdFile): string {
  const { kind } = source.crd.spec.names
  const root = rootOf(source)
  const interfaces = new Interfaces(kind)
  const specType = interfaces.typeOf(specOf(root), ['Spec'])
  const statusType = interfaces.typeOf(root.properties?.status ?? ANYTHING, ['Status'])
  const resource = inFile(source.file, () => resourceCode(source, root))
  return `${headline(source)}
import type { CustomResource } from '../kind/custom-resource.ts'

${interfaces.code}

${docComment(root.description)}export const ${kind}: CustomResource<${specType}, ${statusType}> = ${resource}
`
}

function schemaCode(source: CrdFile): string {
  const { kind } = source.crd.spec.names
  const { constants, code } = inFile(source.file, () => hoist(schemaExpression(specOf(rootOf(source)), ['spec'])))
  const schemas = [...constants.map(([name, value]) => `const ${name} = ${value}`)].join('\n\n')
  return `${headline(source)}
${imports(`${schemas}\n${code}`, ['Schema'])}

${schemas}

${docComment(`The \`spec\` of a ${kind}.`)}export const spec: Schema = ${code}
`
}

const ANYTHING: SchemaNode = { type: 'object', additionalProperties: true }

function headline({ file }: CrdFile): string {
  return `// Generated from infra/crds/${file} by \`npm run generate\`; do not edit.`
}

function specOf(root: SchemaNode): SchemaNode {
  return root.properties?.spec ?? ANYTHING
}

function imports(code: string, types: readonly string[]): string {
  const used = (names: readonly string[]): string[] =>
    names.filter((name) => new RegExp(`\\b${name}\\b`).test(withoutStrings(code)))
  const formats = used(FORMAT_NAMES)
  const line = (names: readonly string[], module: string): string =>
    `import { ${names.join(', ')} } from '../../kind/schema/${module}.ts'`
  const blocks = used(STRUCTURAL.map((name) => `${name}(?=\\()`)).map((name) => name.slice(0, -'(?=\\()'.length))
  const structural = line([...blocks, ...types.map((name) => `type ${name}`)], 'structural')
  return formats.length === 0 ? structural : `${line(formats, 'formats')}\n${structural}`
}

/** Code without its literals and property names, in which a name is a use of it. */
function withoutStrings(code: string): string {
  return code
    .replaceAll(/\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\/u/g, "''")
    .replaceAll(/'(?:\\.|[^'\\])*'/g, "''")
    .replaceAll(/[\w$]+: /g, '')
}

function resourceCode(source: CrdFile, root: SchemaNode): string {
  const { crd } = source
  const version = mainVersion(source)
  const { kind, plural, singular = kind.toLowerCase(), shortNames = [] } = crd.spec.names
  const columns = (version.additionalPrinterColumns ?? []).map(
    ({ name, type, jsonPath, priority = 0, description }) => ({
      name,
      type,
      jsonPath,
      priority,
      ...(description !== undefined && { description }),
    }),
  )
  return record([
    ['group', literal(crd.spec.group)],
    ['version', literal(version.name)],
    ['kind', literal(kind)],
    ['plural', literal(plural)],
    ['singular', literal(singular)],
    ['shortNames', literal(shortNames)],
    ['spec', `async () => (await import('./specs/${plural}.ts')).spec`],
    ['specRequired', literal(root.required?.includes('spec') === true)],
    ['columns', literal(columns)],
    ['selectableFields', literal((version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')))],
    ['scale', optionalLiteral(version.subresources?.scale?.specReplicasPath)],
    ['scope', optionalLiteral(scopeOf(source))],
    ['references', optionalLiteral(referencesOf(source))],
    ['secretFields', optionalLiteral(secretFieldsOf(source))],
  ])
}

function optionalLiteral(value: unknown): string | undefined {
  return value === undefined ? undefined : literal(value)
}

function inFile<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`)
  }
}
