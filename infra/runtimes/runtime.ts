/**
 * What runs the functions on this machine.
 */
import type { Bundle } from '../bundle/bundle.ts'
import type { Settings } from '../bundle/settings.ts'
import type { Texts } from '../bundle/texts.ts'

/** What the functions run in. */
export interface RuntimeSurroundings {
  /** Address of the API server. */
  readonly kube: string
  /** Directory that has the ServiceAccount's `token`. */
  readonly tokenDirectory: string
  /** Settings by name. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Port of 127.0.0.1 (0: any that is free). */
  readonly port: number
  /** The functions (default: bundled now, or what the runtime has inside). */
  readonly bundles?: readonly Bundle[] | undefined
  /** Contents of their text bindings (default: made now, or what the runtime has inside). */
  readonly texts?: Texts | undefined
  /** The bindings of the functions (default: the project's, or what the runtime has inside). */
  readonly settings?: Settings | undefined
  /** Module of a worker in front of the functions, if the runtime has workers. */
  readonly front?: string | undefined
  /** Gets each line that the functions print: their log. */
  readonly onLine?: ((line: string) => void) | undefined
}

/** Starts all functions and waits until they can be asked. */
export type Runtime = (surroundings: RuntimeSurroundings) => Promise<{ readonly url: string; stop(): Promise<unknown> }>
