/**
 * What a function declares about a kind. Routes, OpenAPI document and Role are derived from it.
 */
import type { GenericSchema } from 'valibot'
import type { Access } from '../auth/index.ts'
import type { FieldError } from '../http/problem.ts'
import type { Verb } from '../kind/description.ts'
import type { Kind, Scope } from '../kind/kind.ts'
import type { JsonObject, KubeObject } from '../kind/object.ts'
import type { Operation } from '../kind/operation.ts'
import type { PolicyRule } from '../kind/policy-rules.ts'
import type { Call, Route } from '../server/call.ts'
import type { Collection } from './collection.ts'

/** A write of one object in progress. */
export interface Writing {
  /** The collection of the object; a dry run is bound to it. */
  readonly collection: Collection<Resource>
  /** The stored object; absent on create. */
  readonly current?: KubeObject | undefined
  /** What the caller does to it: a verb or an action. */
  readonly operation: Operation
}

/** `POST …/{name}/{action}`: a named change of an object. */
export interface Action {
  /** One line for the OpenAPI document. */
  readonly summary: string
  /** Schema of the JSON body; without it the body must be empty. */
  readonly input?: GenericSchema
  /**
   * Returns the changed object.
   * @param current - The stored object
   * @param input - The body, parsed by `input`
   * @throws {Problem} `conflict` if the state of the object does not allow the action
   */
  change(current: KubeObject, input: unknown, writing: Writing): JsonObject | Promise<JsonObject>
  /**
   * Server annotations to set, or to remove if `undefined`.
   * @param input - As for `change`
   */
  annotate?(current: KubeObject, input: unknown, writing: Writing): Readonly<Record<string, string | undefined>>
  /** Kubernetes rights that the function's ServiceAccount needs for it. */
  readonly rbac?: readonly PolicyRule[]
  /** Finds the collection (default: as the resource does), e.g. for callers outside the object's organization. */
  readonly locate?: Locate
  /**
   * Translates the pointer of an error in the changed object into a pointer into the body.
   * @param pointer - JSON Pointer into the object
   */
  pointer?(pointer: string, resource: Resource): string
  /** How the body is documented, as JSON Schema. */
  readonly openapi?: JsonObject
}

/** `GET …/{name}/{view}`: a read-only sub-resource of an object. */
export interface View {
  /** One line for the OpenAPI document. */
  readonly summary: string
  /** Query parameters that it accepts. */
  readonly query?: readonly string[]
  /** Kubernetes rights that the function's ServiceAccount needs for it. */
  readonly rbac?: readonly PolicyRule[]
  /**
   * Answers the request.
   * @param object - The object as the caller sees it
   */
  show(collection: Collection<Resource>, object: KubeObject): Promise<Response>
  /** Media type of the answer (default: JSON or YAML). */
  readonly mediaType?: string
  /** How the answer is documented, as JSON Schema. */
  readonly openapi?: JsonObject
  /** Statuses of problems beyond those of other reads. */
  readonly problems?: readonly number[]
}

/**
 * Finds the collection that a request is about.
 * @param operation - Verb, action or view that the caller wants
 */
export type Locate = (call: Call, resource: Resource, operation: Operation) => Promise<Collection<Resource>>

/** What a function adds to the kind that its CRD describes. */
export interface Declaration {
  /** What can be done to the kind (default: everything). */
  readonly verbs?: readonly Verb[]
  readonly actions?: Readonly<Record<string, Action>>
  readonly views?: Readonly<Record<string, View>>
  /** Finds the collection (default: by path and scope). */
  readonly locate?: Locate
  /**
   * Decides on writes whose permission depends on the object, not only on the caller's role. It runs after the schema and
   * before {@link check}; for a deletion, as soon as the object is read.
   * @param wanted - The object as it will be; absent if it is deleted
   * @returns The access that must allow the operation, if it is not the access of the collection
   * @throws {Problem} `forbidden` with the reason
   */
  readonly authorize?: (
    wanted: JsonObject | undefined,
    writing: Writing,
  ) => Promise<Access | undefined> | Access | undefined
  /** Rules beyond the schema: what is wrong with the object. {@link authorize} decides who may write it. */
  readonly check?: (wanted: JsonObject, writing: Writing) => Promise<readonly FieldError[]> | readonly FieldError[]
  /** Changes the object before it is checked, e.g. sets a field that only the server writes. */
  readonly prepare?: (wanted: JsonObject, writing: Writing) => JsonObject
  /**
   * Refuses a change or deletion because of the object's state, regardless of the caller. It runs last.
   * @param wanted - The object as it will be; absent if it is deleted
   * @returns The new version if the guard has written the object: only this version is changed or deleted
   * @throws {Problem} `conflict` with the reason
   */
  readonly guard?: (
    current: KubeObject,
    wanted: JsonObject | undefined,
    writing: Writing,
  ) => Promise<KubeObject | undefined>
  /** Whether one of this kind can be deleted although this object refers to it. */
  readonly mayDangle?: (referrer: KubeObject) => boolean
  /** Features that it brings, as `/capabilities` names them. */
  readonly features?: readonly string[]
  /** Further paths. */
  readonly routes?: readonly Route[]
  /** Further rights that its ServiceAccount needs. */
  readonly rbac?: readonly PolicyRule[]
}

/** A kind with everything that can be done to it. */
export interface Resource extends Kind, Declaration {
  readonly scope: Scope
  readonly verbs: readonly Verb[]
  readonly actions: Readonly<Record<string, Action>>
  readonly views: Readonly<Record<string, View>>
}
