/**
 * The served kinds: those of the CRDs, and the few of the core API that clients and operators need.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { pathOf } from './json.ts'
import type { KubeObject } from './object.ts'
import { compileRules, type RuleSet } from './rules.ts'
import type { Schema } from './schema.ts'

/** A column of a table. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  readonly description?: string
  readonly format?: string
  readonly priority?: number
}

/** A served kind. */
export interface Kind {
  /** Empty for the core API. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly listKind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  readonly readOnly: boolean
  /** Absent for kinds whose fields are not checked. */
  readonly schema: Schema | undefined
  readonly rules: RuleSet | undefined
  /** Whether it has a status subresource. */
  readonly status: boolean
  readonly scale: Scale | undefined
  /** Paths that field selectors may use, in addition to name and namespace. */
  readonly selectable: readonly string[]
  readonly columns: readonly Column[]
}

/** Paths of a scale subresource. */
export interface Scale {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}

/** The parts of a CustomResourceDefinition (apiextensions.k8s.io/v1) that are read here. */
export interface Crd extends KubeObject {
  readonly spec: {
    readonly group: string
    readonly scope: 'Namespaced' | 'Cluster'
    readonly names: {
      readonly kind: string
      readonly listKind?: string
      readonly plural: string
      readonly singular?: string
      readonly shortNames?: readonly string[]
      readonly categories?: readonly string[]
    }
    readonly versions: readonly CrdVersion[]
  }
}

interface CrdVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly schema?: { readonly openAPIV3Schema?: Schema }
  readonly subresources?: { readonly status?: object; readonly scale?: Scale }
  readonly selectableFields?: readonly { readonly jsonPath: string }[]
  readonly additionalPrinterColumns?: readonly Column[]
}

/** `group/version`, or `v1` for the core API. */
export function apiVersionOf({ group, version }: Pick<Kind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

const known = new Map<string, Promise<readonly Crd[]>>()

/**
 * The CRDs of a directory, which is read once per process.
 * @throws {Error} if a file is not a CRD
 */
export function readCrds(directory: string): Promise<readonly Crd[]> {
  const crds = known.get(directory) ?? readFiles(directory)
  known.set(directory, crds)
  return crds
}

async function readFiles(directory: string): Promise<Crd[]> {
  const files = (await readdir(directory)).filter((file) => /\.ya?ml$/.test(file)).sort()
  return Promise.all(
    files.map(async (file) => {
      const crd = load(await readFile(join(directory, file), 'utf8')) as Crd
      if (crd?.kind !== 'CustomResourceDefinition') throw new Error(`${file} is not a CustomResourceDefinition`)
      return crd
    }),
  )
}

const kinds = new WeakMap<Crd, Kind>()

/**
 * The kind that a CRD defines. Its rules are compiled once per process.
 * @throws {Error} unless the CRD has exactly one served version and its CEL rules compile
 */
export function kindOf(crd: Crd): Kind {
  const kind = kinds.get(crd) ?? readKind(crd)
  kinds.set(crd, kind)
  return kind
}

function readKind(crd: Crd): Kind {
  const { group, names, scope, versions } = crd.spec
  const [version, ...more] = versions.filter(({ served }) => served)
  if (version === undefined || more.length > 0) throw new Error(`${crd.metadata.name}: one version must be served`)
  const schema = version.schema?.openAPIV3Schema
  return {
    group,
    version: version.name,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    readOnly: false,
    schema,
    rules: schema === undefined ? undefined : compileRules(schema, crd.metadata.name),
    status: version.subresources?.status !== undefined,
    scale: version.subresources?.scale,
    selectable: (version.selectableFields ?? []).map(({ jsonPath }) => pathOf(jsonPath).join('.')),
    columns: version.additionalPrinterColumns ?? [AGE],
  }
}

const AGE: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

function builtIn(kind: string, settings: Partial<Kind> = {}): Kind {
  const singular = kind.toLowerCase()
  return {
    group: '',
    version: 'v1',
    kind,
    listKind: `${kind}List`,
    plural: `${singular}s`,
    singular,
    shortNames: [],
    categories: [],
    namespaced: true,
    readOnly: false,
    schema: undefined,
    rules: undefined,
    status: false,
    scale: undefined,
    selectable: [],
    columns: [AGE],
    ...settings,
  }
}

/** Namespaces. */
export const NAMESPACES = builtIn('Namespace', {
  namespaced: false,
  shortNames: ['ns'],
  status: true,
  selectable: ['status.phase'],
})

/** Pods, with logs. */
export const PODS = builtIn('Pod', {
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  selectable: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
})

/** The CRDs themselves. */
export const CRDS = builtIn('CustomResourceDefinition', {
  group: 'apiextensions.k8s.io',
  namespaced: false,
  readOnly: true,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  status: true,
})

/** All kinds without a CRD. */
export const BUILT_IN: readonly Kind[] = [
  NAMESPACES,
  PODS,
  CRDS,
  builtIn('Event', {
    shortNames: ['ev'],
    selectable: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  }),
  builtIn('ServiceAccount', { shortNames: ['sa'] }),
]
