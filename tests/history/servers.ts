/**
 * Several processes of the single binary, one of which is killed now and then.
 */
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { type ServerSurroundings, startCompiled } from '../cluster/harness/server.ts'

/** A process that can be asked. */
export interface Target {
  readonly process: number
  readonly url: string
}

/** Processes that serve the same cluster. */
export class Servers {
  readonly #surroundings: ServerSurroundings
  /** Absent while it is started again. */
  readonly #running: (RunningServer | undefined)[] = []
  #count = 0
  kills = 0

  constructor(surroundings: ServerSurroundings) {
    this.#surroundings = surroundings
  }

  /** Starts processes. */
  async start(count: number): Promise<void> {
    for (let slot = 0; slot < count; slot += 1) this.#running[slot] = await startCompiled(this.#surroundings)
    this.#count = count
  }

  /**
   * A process that runs.
   * @param choice - From 0 to 1
   */
  pick(choice: number): Target {
    const running = this.#running.flatMap((server, process) =>
      server === undefined ? [] : [{ process, url: server.url }],
    )
    return running[Math.floor(choice * running.length)] as Target
  }

  /** Ends the processes one after the other, one each time, without warning, and starts a new one. */
  async killNext(): Promise<void> {
    const slot = this.kills % this.#count
    this.kills += 1
    const old = this.#running[slot]
    this.#running[slot] = undefined
    await old?.stop('SIGKILL')
    this.#running[slot] = await startCompiled(this.#surroundings)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((server) => server?.stop('SIGKILL')))
  }
}
