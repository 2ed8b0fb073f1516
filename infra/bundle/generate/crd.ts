/**
 * CustomResourceDefinitions as the generator reads them.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'

/** A node of an OpenAPI v3 schema, as far as CRDs use it. */
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

/** A CRD and the file that it is in. */
export interface CrdFile {
  /** Name of the file, without its directory. */
  readonly file: string
  readonly crd: Crd
}

/**
 * Reads all CRDs of a directory, one a file.
 * @param directory - With `.yaml` files; others are left alone
 * @returns Sorted by file name; none if there is no such directory
 * @throws {Error} if a file is no CRD, or two are for the same plural
 */
export async function readCrds(directory: string): Promise<CrdFile[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.yaml')).sort()
  const crds = await Promise.all(names.map((file) => readCrd(directory, file)))
  const plurals = new Map<string, string>()
  for (const { file, crd } of crds) {
    const other = plurals.get(crd.spec.names.plural)
    if (other !== undefined) throw new Error(`${file} and ${other} are for the same plural`)
    plurals.set(crd.spec.names.plural, file)
  }
  return crds
}

async function readCrd(directory: string, file: string): Promise<CrdFile> {
  const crd = load(await readFile(join(directory, file), 'utf8')) as Partial<Crd> | null
  if (crd?.kind !== 'CustomResourceDefinition') throw new Error(`${file} is not a CustomResourceDefinition`)
  return { file, crd: crd as Crd }
}

/**
 * The version that code is generated from: the stored one.
 * @throws {Error} if it is not served
 */
export function mainVersion({ file, crd }: CrdFile): CrdVersion {
  const version = crd.spec.versions.find(({ storage }) => storage)
  if (version?.served !== true) throw new Error(`${file}: the stored version is not served`)
  return version
}

/**
 * The schema of the objects of a CRD.
 * @throws {Error} as {@link mainVersion}
 */
export function rootOf(source: CrdFile): SchemaNode {
  return mainVersion(source).schema?.openAPIV3Schema ?? {}
}
