/**
 * The generated files of one kind.
 */
import { basename } from 'node:path'
import { annotationsOf } from './annotations.ts'
import { type CrdFile, checkPaths, columnsOf, mainVersion, rootOf, type SchemaNode } from './crd.ts'
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

/** The name by which code outside of the project imports from it. */
export const PACKAGE = 'kaphera-cloud-server'

/**
 * The unformatted files for a CRD by name. `<plural>.ts` has its types and names, and is loaded at start. `specs/<plural>.ts` has
 * the schema of its spec, and is loaded with the first write.
 * @param isForeign - Whether the files are outside of the project, and import from it by the name of its package
 * @throws {Error} naming the file and the field or annotation, if the CRD has something that cannot be generated
 */
export function generatedFiles(source: CrdFile, isForeign = false): Map<string, string> {
  const { plural } = source.crd.spec.names
  const headline = isForeign
    ? `// Generated from ${basename(source.directory)}/${source.file} by \`node build.mjs generate\`; do not edit.`
    : `// Generated from infra/crds/${source.file} by \`npm run generate\`; do not edit.`
  const [shared, sharedOfSpec] = isForeign ? [`${PACKAGE}/shared`, `${PACKAGE}/shared`] : ['..', '../..']
  return new Map([
    [`${plural}.ts`, `${headline}\n${kindCode(source, shared)}`],
    [`specs/${plural}.ts`, `${headline}\n${schemaCode(source, sharedOfSpec)}`],
  ])
}

function kindCode(source: CrdFile, shared: string): string {
  const { kind } = source.crd.spec.names
  const root = rootOf(source)
  const interfaces = new Interfaces(kind)
  const specType = interfaces.typeOf(specOf(root), ['Spec'])
  const statusType = interfaces.typeOf(root.properties?.status ?? ANYTHING, ['Status'])
  return `import type { Kind } from '${shared}/kind/kind.ts'

${interfaces.code}

${docComment(root.description)}export const ${kind}: Kind<${specType}, ${statusType}> = ${kindLiteral(source, root)}
`
}

function schemaCode(source: CrdFile, shared: string): string {
  const { kind } = source.crd.spec.names
  const { constants, code } = inFile(source.file, () => hoist(schemaExpression(specOf(rootOf(source)), ['spec'])))
  const schemas = [...constants.map(([name, value]) => `const ${name} = ${value}`)].join('\n\n')
  return `${imports(`${schemas}\n${code}`, ['Schema'], shared)}

${schemas}

${docComment(`The \`spec\` of ${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}.`)}export const spec: Schema = ${code}
`
}

const ANYTHING: SchemaNode = { type: 'object', additionalProperties: true }

function specOf(root: SchemaNode): SchemaNode {
  return root.properties?.spec ?? ANYTHING
}

function imports(code: string, types: readonly string[], shared: string): string {
  const used = (names: readonly string[]): string[] =>
    names.filter((name) => new RegExp(`\\b${name}\\b`).test(withoutStrings(code)))
  const formats = used(FORMAT_NAMES)
  const line = (names: readonly string[], module: string): string =>
    `import { ${names.join(', ')} } from '${shared}/kind/schema/${module}.ts'`
  const blocks = used(STRUCTURAL.map((name) => `${name}(?=\\()`)).map((name) => name.slice(0, -'(?=\\()'.length))
  const structural = line([...blocks, ...types.map((name) => `type ${name}`)], 'structural')
  return formats.length === 0 ? structural : `${line(formats, 'formats')}\n${structural}`
}

/** Code without literals and property names, so that each remaining name is a reference. */
function withoutStrings(code: string): string {
  return code
    .replaceAll(/\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\/u/g, "''")
    .replaceAll(/'(?:\\.|[^'\\])*'/g, "''")
    .replaceAll(/[\w$]+: /g, '')
}

function kindLiteral(source: CrdFile, root: SchemaNode): string {
  const { crd } = source
  const { scope, references, sharing, participant, secretFields, privateFields, abnormalConditions } =
    annotationsOf(source)
  checkPaths(source)
  const version = mainVersion(source)
  const { kind, plural, singular = kind.toLowerCase(), shortNames = [] } = crd.spec.names
  const columns = columnsOf(version).map(({ name, type, jsonPath, priority = 0, description }) => ({
    name,
    type,
    jsonPath,
    priority,
    ...(description !== undefined && { description }),
  }))
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
    ['scope', optionalLiteral(scope)],
    ['references', literal(references)],
    ['sharing', optionalLiteral(sharing)],
    ['participant', optionalLiteral(participant)],
    ['secretFields', optionalLiteral(secretFields)],
    ['privateFields', optionalLiteral(privateFields)],
    ['abnormalConditions', optionalLiteral(abnormalConditions)],
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
