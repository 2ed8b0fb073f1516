/**
 * A resource as its function declares it. Routes, document and Role follow from it.
 * @module
 */
import type { GenericSchema } from 'valibot'
import type { FieldError } from '../http/problem.ts'
import type { CustomResource } from '../kind/custom-resource.ts'
import type { Scope, Verb } from '../kind/description.ts'
import type { JsonObject, KubeObject } from '../kind/object.ts'
import type { PolicyRule } from '../kind/policy-rules.ts'
import type { Call, Route } from '../server/call.ts'
import type { Place } from './place.ts'

/** A write of one object, on its way. */
export interface Writing {
  readonly call: Call
  readonly place: Place
  readonly resource: Resource
  /** What is stored now; absent on create. */
  readonly current?: KubeObject | undefined
  /** Name of the action that makes the change; absent if the client wrote the object itself. */
  readonly action?: string | undefined
  readonly dryRun: boolean
}

/** `POST …/{name}/{action}`: a change of the object that has a name of its own. */
export interface Action {
  /** One line for the API's document. */
  readonly summary: string
  /** Schema of the JSON body; without it the body must be empty. */
  readonly input?: GenericSchema
  /**
   * The object as the action makes it.
   * @param current - As it is stored
   * @param input - The body, checked by `input`
   * @throws {Problem} `conflict` if the object is not in a state for it
   */
  change(current: KubeObject, input: unknown, writing: Writing): JsonObject | Promise<JsonObject>
  /**
   * Annotations of the server's own that it sets, or with `undefined` removes; clients cannot.
   * @param input - As for `change`
   */
  stamp?(current: KubeObject, input: unknown, writing: Writing): Readonly<Record<string, string | undefined>>
  /** What the function's ServiceAccount must be allowed to do for it. */
  readonly rbac?: readonly PolicyRule[]
  /** Where the object is and what the caller may do, if not as everywhere: who acts need not be of its organisation. */
  readonly locate?: Locate
  /**
   * The pointer into the body for a fault that is found in the changed object.
   * @param pointer - Into the object
   */
  pointer?(pointer: string, resource: Resource): string
  /** How the body is documented, as JSON Schema. */
  readonly document?: JsonObject
}

/** `GET …/{name}/{view}`: something that can be read about an object. */
export interface View {
  /** One line for the API's document. */
  readonly summary: string
  /** Names of query parameters that it knows. */
  readonly query?: readonly string[]
  /** What the function's ServiceAccount must be allowed to do for it. */
  readonly rbac?: readonly PolicyRule[]
  /**
   * The answer.
   * @param object - As it is stored
   */
  show(call: Call, place: Place, object: KubeObject, resource: Resource): Promise<Response>
  /** Media type of the answer, if it is not JSON and YAML. */
  readonly mediaType?: string
  /** How the answer is documented, as JSON Schema. */
  readonly document?: JsonObject
  /** Statuses of problems that other reads of the kind do not have. */
  readonly problems?: readonly number[]
}

/**
 * Where the objects of a request are.
 * @param operation - Verb, action or view that the caller wants
 */
export type Locate = (call: Call, resource: Resource, operation: string) => Promise<Place>

/** What a function adds to the kind that its CRD describes. */
export interface ResourceOptions {
  /** What can be done to the kind (default: everything). */
  readonly verbs?: readonly Verb[]
  readonly actions?: Readonly<Record<string, Action>>
  readonly views?: Readonly<Record<string, View>>
  /** Where the objects of a request are, if not where the scope says. */
  readonly locate?: Locate
  /** Rules beyond the schema: faults of what is to be stored. */
  readonly check?: (wanted: JsonObject, writing: Writing) => Promise<readonly FieldError[]> | readonly FieldError[]
  /** Last changes to what is to be stored, e.g. a stamp of the caller. */
  readonly prepare?: (wanted: JsonObject, writing: Writing) => JsonObject
  /**
   * The last word before an object is changed or deleted.
   * @param wanted - What it becomes; absent when it is to be deleted
   * @returns The object as it is stored by now, if the guard wrote it: that version and no other is changed or deleted
   * @throws {Problem} `conflict` or `forbidden` with the reason
   */
  readonly guard?: (
    current: KubeObject,
    wanted: JsonObject | undefined,
    writing: Writing,
  ) => Promise<KubeObject | undefined>
  /** Further paths. */
  readonly routes?: readonly Route[]
  /** Further rights that its ServiceAccount needs. */
  readonly rbac?: readonly PolicyRule[]
}

/** A kind with everything that can be done to it. */
export interface Resource extends CustomResource, ResourceOptions {
  readonly scope: Scope
  readonly verbs: readonly Verb[]
  readonly actions: Readonly<Record<string, Action>>
  readonly views: Readonly<Record<string, View>>
}
