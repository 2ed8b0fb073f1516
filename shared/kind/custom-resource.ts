/**
 * A kind of custom resource, as the generated files in shared/schemas describe it.
 * @module
 */
import type { GenericSchema } from 'valibot'
import type { Scope } from './description.ts'

/** A column of `kubectl get`: the short view of an object. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** Kubernetes JSONPath into the object, e.g. `.status.phase`. */
  readonly jsonPath: string
  /** 0 is always shown, more only in wide views. */
  readonly priority: number
  readonly description?: string
}

/** What a field refers to. */
export interface FieldReference {
  /** Plural of the kind, e.g. `participants`. */
  readonly plural: string
  /** Whether the field may name a namespace beside the name; if not, the object is in the same namespace. */
  readonly namespaced: boolean
}

/** The field of a spec that says to which other organisations an object is offered. */
export type Sharing = 'visibility' | 'allowedNamespaces' | 'allowedOrganizations'

/** What every function knows of every kind. */
export interface KindEntry {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Absent if the CRD does not say whose objects these are. */
  readonly scope?: Scope
  /** As in {@link CustomResource}. */
  readonly references: Readonly<Record<string, FieldReference>>
  readonly sharing?: Sharing
}

/**
 * A kind: its names, its schema and how it is shown. `Spec` and `Status` are its types; no value carries them.
 */
export interface CustomResource<Spec = unknown, Status = unknown> {
  readonly group: string
  /** The served version that this code was generated from. */
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  /**
   * Accepts a `.spec` that the API server would accept as well, CEL rules and webhooks aside. Defaults are not applied,
   * unknown fields pass.
   */
  readonly spec: () => Promise<GenericSchema>
  /** Whether an object without `.spec` is refused. */
  readonly specRequired: boolean
  readonly columns: readonly PrinterColumn[]
  /** Fields that `fieldSelector` can name beside metadata.name and metadata.namespace, e.g. `status.phase`. */
  readonly selectableFields: readonly string[]
  /** Where the number of replicas is, if the kind can be scaled, e.g. `.spec.replicas`. */
  readonly scale?: string
  /** Whose objects these are, where the CRD says so. */
  readonly scope?: Scope
  /** What fields of the spec refer to, by their path in it (`participantRef`, `cells[]`). */
  readonly references?: Readonly<Record<string, FieldReference>>
  /** Paths of fields that are never shown, e.g. `spec.kubeconfigSecretRef`. */
  readonly secretFields?: readonly string[]
  /** Never set: carries the types. */
  readonly types?: { readonly spec: Spec; readonly status: Status }
}
