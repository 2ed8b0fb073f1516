/**
 * CustomResourceDefinitions as the generator reads them.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'

/** A node of an OpenAPI v3 schema: the part of it that CRDs use. */
export interface SchemaNode {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array'
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly nullable?: boolean
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: boolean
  readonly maximum?: number
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly anyOf?: readonly SchemaNode[]
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
}

/** A served version of a CRD. */
export interface CrdVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly schema?: { readonly openAPIV3Schema?: SchemaNode }
  readonly subresources?: { readonly scale?: { readonly specReplicasPath: string } }
  readonly additionalPrinterColumns?: readonly {
    readonly name: string
    readonly type: string
    readonly jsonPath: string
    readonly priority?: number
    readonly description?: string
  }[]
  readonly selectableFields?: readonly { readonly jsonPath: string }[]
}

/** A CustomResourceDefinition (apiextensions.k8s.io/v1). */
export interface Crd {
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: {
    readonly group: string
    readonly names: {
      readonly kind: string
      readonly plural: string
      readonly singular?: string
      readonly shortNames?: readonly string[]
    }
    readonly versions: readonly CrdVersion[]
  }
}

/** A CRD with the name of its file. */
export interface CrdFile {
  /** Directory of the file. */
  readonly directory: string
  /** Name of the file, without its directory. */
  readonly file: string
  readonly crd: Crd
}

/**
 * Reads all CRDs of some directories, one per file.
 * @param directories - Only their `.yaml` files are read
 * @returns In the order of the directories, in each sorted by file name; none if there is no such directory
 * @throws {Error} if a file is not a CRD, or two define the same plural or kind
 */
export async function readCrds(...directories: readonly string[]): Promise<CrdFile[]> {
  const crds = (await Promise.all(directories.map(crdsIn))).flat()
  const files = new Map<string, string>()
  for (const { file, crd } of crds) {
    const { plural, kind } = crd.spec.names
    for (const name of [`plural ${plural}`, `kind ${kind}`]) {
      const other = files.get(name)
      if (other !== undefined) throw new Error(`${file} and ${other} define the same ${name}`)
      files.set(name, file)
    }
  }
  return crds
}

async function crdsIn(directory: string): Promise<CrdFile[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.yaml')).sort()
  return Promise.all(names.map((file) => readCrd(directory, file)))
}

async function readCrd(directory: string, file: string): Promise<CrdFile> {
  const crd = load(await readFile(join(directory, file), 'utf8')) as Partial<Crd> | null
  if (crd?.kind !== 'CustomResourceDefinition') throw new Error(`${file} is not a CustomResourceDefinition`)
  return { directory, file, crd: crd as Crd }
}

/**
 * The version that code is generated from: the stored one.
 * @throws {Error} if it is not served
 */
export function mainVersion({ file, crd }: Pick<CrdFile, 'file' | 'crd'>): CrdVersion {
  const version = crd.spec.versions.find(({ storage }) => storage)
  if (version?.served !== true) throw new Error(`${file}: the stored version is not served`)
  return version
}

/** Fields of columns that are for the server only: all objects have them outside of the columns, too. */
const SERVER_ONLY: readonly string[] = ['.metadata.generation', '.metadata.namespace']

/**
 * The columns that summaries show: for each field the first one. Another one of the same field, such as Created besides Age, is for
 * the server only, and so are those of {@link SERVER_ONLY}.
 */
export function columnsOf({
  additionalPrinterColumns = [],
}: CrdVersion): NonNullable<CrdVersion['additionalPrinterColumns']> {
  const first = (path: string) => additionalPrinterColumns.find(({ jsonPath }) => jsonPath === path)
  return additionalPrinterColumns.filter(
    (column) => first(column.jsonPath) === column && !SERVER_ONLY.includes(column.jsonPath),
  )
}

/**
 * Checks that every column and every selectable field of a CRD is a field of its schema.
 * @throws {Error} naming the file and the path
 */
export function checkPaths(source: CrdFile): void {
  const { additionalPrinterColumns = [], selectableFields = [] } = mainVersion(source)
  const root = rootOf(source)
  for (const { name, jsonPath } of additionalPrinterColumns) {
    if (!isField(root, jsonPath))
      throw new Error(`${source.file}: the column ${name} shows ${jsonPath}, which is not a field`)
  }
  for (const { jsonPath } of selectableFields) {
    if (!isField(root, jsonPath)) throw new Error(`${source.file}: the selectable field ${jsonPath} is not a field`)
  }
}

/** Whether a JSONPath leads to a field. The fields of `metadata` are the API server's own. */
function isField(root: SchemaNode, jsonPath: string): boolean {
  if (/^\.(metadata\.|apiVersion$|kind$)/.test(jsonPath)) return true
  let node: SchemaNode | undefined = jsonPath.startsWith('.') ? root : undefined
  for (const [, quoted, name] of jsonPath.matchAll(/\[['"]([^'"]+)['"]\]|\.((?:\\.|[^.[\\])+)|\[[^\]]*\]/g)) {
    if (node?.['x-kubernetes-preserve-unknown-fields'] === true) return true
    const key = quoted ?? name?.replaceAll('\\', '')
    const others = typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined
    node = key === undefined ? node?.items : (node?.properties?.[key] ?? others)
  }
  return node !== undefined
}

/**
 * The schema of the objects of a CRD.
 * @throws {Error} as {@link mainVersion}
 */
export function rootOf(source: Pick<CrdFile, 'file' | 'crd'>): SchemaNode {
  return mainVersion(source).schema?.openAPIV3Schema ?? {}
}
