/**
 * Moves the objects of one kind through their phases. All state is in the objects, so it can be restarted at any time.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Behavior, Child, Surroundings } from './behavior.ts'
import { KubeError } from './client.ts'
import type { Follower } from './follow.ts'
import type { KubeObject } from './object.ts'
import { position, statusIn } from './phases.ts'
import { Waits } from './waits.ts'
import type { Writer } from './writes.ts'

/** Durations in milliseconds. */
export interface Times {
  /** Time in a passing phase. */
  dwell(phase: string): number
  /** Time before a failed attempt is retried. */
  readonly retry: number
}

/** What a reconciler needs. */
export interface ReconcilerOptions {
  readonly behavior: Behavior
  readonly writer: Writer
  readonly surroundings: Surroundings
  readonly times: Times
  /** Reconciles an object of any kind again. */
  poke(uid: string): void
  /** Called with errors. */
  log(message: string): void
}

/** The reconciler of one kind. */
export class Reconciler implements Follower {
  readonly #objects = new Map<string, KubeObject>()
  /** Objects in progress; true if one has changed since. */
  readonly #busy = new Map<string, boolean>()
  /** The last status written to each object at rest. */
  readonly #written = new Map<string, string>()
  readonly #waits = new Waits((uid) => this.poke(uid))
  readonly #options: ReconcilerOptions
  #stopped = false

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** The last known objects. */
  get objects(): Iterable<KubeObject> {
    return this.#objects.values()
  }

  replace(objects: readonly KubeObject[]): void {
    const there = new Set(objects.map(({ metadata }) => metadata.uid))
    for (const object of this.#objects.values()) if (!there.has(object.metadata.uid)) this.deleted(object)
    for (const object of objects) this.changed(object)
  }

  changed(object: KubeObject): void {
    this.#objects.set(object.metadata.uid, object)
    this.poke(object.metadata.uid)
    this.#tellAffected(object)
  }

  deleted(object: KubeObject): void {
    const { uid } = object.metadata
    this.#objects.delete(uid)
    this.#written.delete(uid)
    this.#waits.cancel(uid)
    this.#tellAffected(object)
  }

  /** Reconciles an object again, if it is of this kind. */
  poke(uid: string): void {
    if (this.#busy.has(uid)) this.#busy.set(uid, true)
    else void this.#work(uid)
  }

  /** Stops; work in progress may still finish. */
  stop(): void {
    this.#stopped = true
    this.#waits.cancelAll()
  }

  async #work(uid: string): Promise<void> {
    do {
      const object = this.#objects.get(uid)
      if (object === undefined || this.#stopped) break
      this.#busy.set(uid, false)
      await this.#reconcile(object).catch((error: unknown) => this.#failed(object, error))
    } while (this.#busy.get(uid) === true)
    this.#busy.delete(uid)
  }

  async #reconcile(object: KubeObject): Promise<void> {
    const { behavior, writer, times } = this.#options
    if (object.metadata.deletionTimestamp !== undefined) return this.#terminate(object)
    const finalizers = object.metadata.finalizers ?? []
    if (behavior.finalizer && !finalizers.includes(finalizerOf(object))) {
      // The event of this write continues.
      return writer.finalizers(object, [...finalizers, finalizerOf(object)])
    }
    const at = position(object, behavior)
    if ('go' in at) return this.#enter(object, at.go)
    if ('rest' in at) return this.#rest(object, at.rest)
    if (this.#waits.over(object, `stay in ${at.stay}`, times.dwell(at.stay))) return this.#enter(object, at.next)
  }

  async #enter(object: KubeObject, phase: string): Promise<void> {
    const { behavior, writer } = this.#options
    if (behavior.readyPhases.includes(phase)) {
      const taken = await this.#ensure(object)
      if (taken !== undefined) return this.#nameTaken(object, taken)
    }
    await this.#writeStatus(object, phase)
    const type = behavior.stalledPhases.includes(phase) ? 'Warning' : 'Normal'
    await writer.event(object, type, phase, `${object.kind} entered phase ${phase}`)
  }

  /** Creates the children of an object, and returns one whose name is taken. */
  async #ensure(object: KubeObject): Promise<Child | undefined> {
    const { behavior, surroundings, writer } = this.#options
    for (const child of behavior.children(object, surroundings)) if (!(await writer.ensure(child))) return child
    return undefined
  }

  async #nameTaken(object: KubeObject, { manifest }: Child): Promise<void> {
    this.#waits.over(object, 'wait for a name', this.#options.times.retry)
    const message = `${manifest.kind} ${manifest.metadata.name} exists and belongs to another`
    await this.#options.writer.event(object, 'Warning', 'NameTaken', message)
  }

  /** Keeps the status of an object at rest up to date with what it depends on. */
  async #rest(object: KubeObject, phase: string): Promise<void> {
    const wakeAt = this.#options.behavior.wakeAt(object)
    if (wakeAt === undefined) this.#waits.cancel(object.metadata.uid)
    else this.#waits.over(object, `wake at ${wakeAt.toISOString()}`, wakeAt.getTime() - Date.now())
    const status = this.#status(object, phase)
    const differs = Object.entries(status).some(([name, value]) => !isDeepStrictEqual(object.status?.[name], value))
    // A field that the cluster drops would always differ, so compare with what was written last.
    const text = JSON.stringify(status)
    if (!differs || this.#written.get(object.metadata.uid) === text) return
    await this.#options.writer.status(object, status)
    this.#written.set(object.metadata.uid, text)
  }

  async #terminate(object: KubeObject): Promise<void> {
    const { behavior, writer, surroundings, times } = this.#options
    const finalizers = object.metadata.finalizers ?? []
    if (!finalizers.includes(finalizerOf(object))) return
    if (this.#waits.over(object, 'terminate', times.dwell('Terminating'))) {
      for (const child of behavior.children(object, surroundings)) await writer.remove(child)
      const others = finalizers.filter((name) => name !== finalizerOf(object))
      return writer.finalizers(object, others)
    }
    const phase = behavior.terminatingPhase
    if (phase !== undefined && object.status?.phase !== phase) await this.#writeStatus(object, phase)
  }

  #status(object: KubeObject, phase: string): ReturnType<typeof statusIn> {
    // Kubernetes times have whole seconds.
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
    return statusIn(phase, object, this.#options.behavior, this.#options.surroundings, now)
  }

  #writeStatus(object: KubeObject, phase: string): Promise<void> {
    return this.#options.writer.status(object, this.#status(object, phase))
  }

  #failed(object: KubeObject, error: unknown): void {
    if (this.#stopped) return
    const status = error instanceof KubeError ? error.status : undefined
    // Deleted or changed meanwhile: another event follows.
    if (status === 404 || status === 409) return
    const { name, namespace } = object.metadata
    this.#options.log(`${object.kind} ${namespace}/${name}: ${error instanceof Error ? error.message : error}`)
    if (status === undefined || status >= 500) this.#waits.over(object, 'try again', this.#options.times.retry)
  }

  #tellAffected(object: KubeObject): void {
    const { behavior, surroundings, poke } = this.#options
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
    if (owner !== undefined) poke(owner.uid)
    for (const affected of behavior.affects(object, surroundings)) if (affected) poke(affected.metadata.uid)
  }
}

/** The finalizer of the operator that owns an object's group. */
function finalizerOf({ apiVersion }: KubeObject): string {
  return `${apiVersion.split('/', 1)[0]}/operator`
}
