/**
 * Questions and answers between two processes, over the channel that the runtime opens between a parent and its child.
 */

/** The channel: `process` in the child, the `ChildProcess` in the parent. */
export interface Channel {
  readonly connected: boolean
  send?(message: object): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
}

/** What a process answers to, by name. Nothing else can be asked. */
export type Answers = Readonly<Record<string, (argument: never) => unknown>>

/** The other process. */
export interface Peer {
  /**
   * Asks a question.
   * @param argument - JSON
   * @throws {Error} if it cannot be answered, or the other process ends before
   */
  ask<T>(question: string, argument?: unknown): Promise<T>
}

/** A message on the channel: a question, or the answer to the question with the same number. */
interface Message {
  readonly id: number
  readonly question?: string
  readonly argument?: unknown
  readonly isError?: boolean
  readonly answer?: unknown
}

/** Connects this process to the other one. */
export function connectPeer(channel: Channel, answers: Answers): Peer {
  const open = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  let asked = 0
  const send = (message: Message): void => {
    // Without a channel nobody waits for an answer.
    if (channel.connected) channel.send?.(message)
  }
  const answer = async (id: number, question: string, argument: unknown): Promise<void> => {
    try {
      const reply = Object.hasOwn(answers, question) ? answers[question] : undefined
      if (reply === undefined) throw new TypeError(`${question} is not a question`)
      send({ id, answer: await reply(argument as never) })
    } catch {
      send({ id, isError: true })
    }
  }
  channel.on('message', (message) => {
    const { id, question, argument, isError, answer: reply } = message as Message
    if (question !== undefined) return void answer(id, question, argument)
    const waiting = open.get(id)
    open.delete(id)
    if (isError) waiting?.reject(new Error('the other process cannot answer'))
    else waiting?.resolve(reply)
  })
  channel.on('disconnect', () => {
    for (const { reject } of open.values()) reject(new Error('the other process has ended'))
    open.clear()
  })
  return {
    async ask<T>(question: string, argument?: unknown): Promise<T> {
      if (!channel.connected) throw new Error('the other process has ended')
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      asked += 1
      send({ id: asked, question, argument })
      open.set(asked, { resolve, reject })
      return promise as Promise<T>
    },
  }
}
