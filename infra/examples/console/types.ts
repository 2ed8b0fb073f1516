/**
 * The answers of the server, as far as the console uses them. A product would generate them from `/openapi.json`.
 */

/** `GET /capabilities`. */
export interface Capabilities {
  readonly server: { readonly name: string; readonly version: string; readonly edition: string }
  readonly features: Readonly<Record<string, boolean>>
  readonly resources: readonly Resource[]
  /** `null` if the server has no issuer. */
  readonly signIn: {
    readonly issuer: string
    readonly audience: string | readonly string[]
    readonly clients?: { readonly console?: string }
    /** Scopes to ask for, separated by spaces. */
    readonly scope?: string
  } | null
}

/** A kind. */
export interface Resource {
  /** Path template of its collection. */
  readonly path: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly actions: readonly string[]
}

/** `GET /v1/me`. */
export interface Me {
  readonly username?: string
  readonly email?: string
  readonly subject: string
  readonly organizations: readonly {
    readonly name: string
    readonly displayName?: string
    readonly role: string
  }[]
}

/** `GET /v1/organizations/{organization}/permissions`. */
export interface Permissions {
  readonly role: string
  /** Operations by the plural of the kind. */
  readonly permissions: Readonly<Record<string, readonly string[]>>
}

/** An object with `view=summary`. */
export interface Summary {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
    readonly [key: string]: unknown
  }
  readonly ready: boolean
  /** Values by the name of the column. */
  readonly columns: Readonly<Record<string, unknown>>
}

/** A list with `view=summary`. */
export interface SummaryList {
  readonly columns: readonly Column[]
  readonly items: readonly Summary[]
}

/** A column, as `kubectl get` has it: priority 0 is always shown. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly priority: number
}

/** A whole object. */
export interface CloudObject {
  readonly kind: string
  readonly metadata: Summary['metadata']
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
  readonly ready: boolean
}

/** A condition of an object. */
export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime?: string
}

/** `GET /v1/organizations/{organization}/overview`. */
export interface Overview {
  readonly kinds: readonly {
    readonly kind: string
    readonly plural: string
    readonly counts?: {
      readonly total: number
      readonly ready: number
      readonly phases: Readonly<Record<string, number>>
    }
    readonly unready?: readonly Summary[]
    readonly problem?: ProblemDetails
  }[]
  readonly quotas: {
    readonly items?: readonly { readonly name: string; readonly limit: number | null; readonly used: number | null }[]
    readonly problem?: ProblemDetails
  }
}

/** `GET …/{name}/diagnosis`. */
export interface Diagnosis {
  readonly ready: boolean
  readonly complete: boolean
  readonly hidden: number
  readonly causes: readonly Diagnosed[]
  readonly objects: readonly Diagnosed[]
}

/** An object in a diagnosis. */
export interface Diagnosed {
  readonly plural: string
  readonly kind: string
  readonly organization?: string
  readonly name: string
  /** The fields that lead to it. */
  readonly path: readonly string[]
  readonly state: string
  readonly phase: string | null
  readonly since: string | null
  readonly conditions: readonly (Omit<Condition, 'lastTransitionTime'> & { readonly since: string | null })[]
  readonly event: { readonly reason: string; readonly message: string; readonly lastTime: string } | null
}

/** An error answer (RFC 9457). */
export interface ProblemDetails {
  readonly status: number
  /** Stable; programs branch on it. */
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly requestId?: string
  /** Errors at fields, by JSON Pointer (RFC 6901) into the body. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
  /** Objects that refer to the one that was to be deleted (code `in_use`). */
  readonly references?: readonly {
    readonly plural: string
    readonly kind?: string
    readonly organization?: string
    readonly name: string
    readonly field: string
  }[]
}
