/**
 * A kind: a type of custom resource, as the generated files in shared/schemas describe it.
 */
import type { GenericSchema } from 'valibot'

/** Where the API server serves a kind: `/apis/{group}/{version}/{plural}`. `group` is `''` for the core API. */
export interface GroupVersionResource {
  readonly group: string
  readonly version: string
  /** Lower-case plural, e.g. `connectors`. */
  readonly plural: string
  /** Its name in texts, e.g. `Connector` (default: the plural). */
  readonly kind?: string
}

/** Who owns the objects of a kind: an organization, in its namespace, or the platform. */
export type Scope = 'organization' | 'platform'

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
  /** Whether the field may also name a namespace; if not, the object is in the same namespace. */
  readonly namespaced: boolean
}

/**
 * How objects are offered to other organizations, with the paths of the fields that decide, e.g. `spec.allowedNamespaces`.
 * `namespaces`: to those whose namespace `{from, selector}` matches. `organizations`: to those in the list, or to all if it
 * is empty. With `visibility`: `Public` offers to all, `Organizations` to those in the list, anything else to none.
 */
export type Sharing = { readonly namespaces: string } | { readonly organizations: string; readonly visibility?: string }

/**
 * A kind: its names, its schema and how it is shown. `Spec` and `Status` are the types of its objects; no value carries them.
 */
export interface Kind<Spec = unknown, Status = unknown> extends GroupVersionResource {
  readonly kind: string
  readonly singular: string
  readonly shortNames: readonly string[]
  /**
   * Accepts a `.spec` that the API server accepts, apart from CEL rules and webhooks. It does not apply defaults, and
   * unknown fields pass.
   */
  readonly spec: () => Promise<GenericSchema>
  /** Whether an object must have a `.spec`. */
  readonly specRequired: boolean
  readonly columns: readonly PrinterColumn[]
  /** Fields that `fieldSelector` accepts besides metadata.name and metadata.namespace, e.g. `status.phase`. */
  readonly selectableFields: readonly string[]
  /** Path of the number of replicas, if the kind can be scaled, e.g. `.spec.replicas`. */
  readonly scale?: string
  /** Who owns the objects; absent if the CRD does not say. */
  readonly scope?: Scope
  /** What each field refers to, by its path in the spec, e.g. `participantRef` or `cells[]`. */
  readonly references: Readonly<Record<string, FieldReference>>
  /** How objects are offered to other organizations; absent if they cannot be. */
  readonly sharing?: Sharing
  /**
   * Path of the name of the participant that an object belongs to, e.g. `spec.participantRef.name`; `metadata.name` if the
   * object is a participant itself. Absent if objects belong to no participant.
   */
  readonly participant?: string
  /** Paths of fields that are never shown, e.g. `spec.kubeconfigSecretRef`. */
  readonly secretFields?: readonly string[]
  /** Paths of fields that organizations to which an object is offered do not see, e.g. `spec.database.external`. */
  readonly privateFields?: readonly string[]
  /** Types of conditions that are normally False, besides Reconciling and Stalled, e.g. `Suspended`. */
  readonly abnormalConditions?: readonly string[]
  /** Carries the types; never set. */
  readonly types?: { readonly spec: Spec; readonly status: Status }
}

/** What every function knows of every kind: how kinds relate to each other, without their schemas. */
export type KindSummary = Pick<
  Kind,
  'group' | 'version' | 'plural' | 'kind' | 'scope' | 'references' | 'sharing' | 'participant' | 'abnormalConditions'
>
