/**
 * What clients saw.
 */

/** Milliseconds after which a request counts as hanging: the server's own deadlines are far shorter. */
const HANG_MS = 20_000
/** Label of a request whose connection failed. */
export const NO_ANSWER = 'no answer'

/** An answer to a client. */
export interface Answered {
  /** The status, with the code of a problem: `200`, `503 cluster_unavailable`; {@link NO_ANSWER}. */
  readonly label: string
  /** 0 without an answer. */
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly body: any
}

/** What goes with a request. */
export interface Asked {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly type?: string
}

/** Counts the answers to requests that it sends. */
export class Tally {
  readonly counts = new Map<string, number>()
  /** Answers that no client should get, whatever the fault. */
  readonly violations = new Set<string>()
  readonly #listeners = new Set<() => void>()

  /** Sends a request, and notes its answer. */
  async ask(method: string, url: string, { token, body, type = 'application/json' }: Asked = {}): Promise<Answered> {
    const headers = {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': type }),
    }
    const signal = AbortSignal.timeout(HANG_MS)
    const path = new URL(url).pathname
    try {
      const response = await fetch(url, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal,
      })
      const text = await response.text()
      return this.#note(answerOf(response, text), ruleBroken(response, text), `${method} ${path}`)
    } catch (error) {
      const what = signal.aborted ? 'hangs' : undefined
      if (!(error instanceof TypeError) && what === undefined) this.violations.add(`${method} ${path}: ${error}`)
      return this.#note({ label: NO_ANSWER, status: 0, body: undefined }, what, `${method} ${path}`)
    }
  }

  /** Waits until there were so many answers of a label, or of any, from now on. */
  async until(label: string | undefined, more = 1): Promise<void> {
    const count = (): number =>
      label === undefined ? [...this.counts.values()].reduce((sum, one) => sum + one, 0) : (this.counts.get(label) ?? 0)
    const wanted = count() + more
    while (count() < wanted) {
      await new Promise<void>((resolve) => this.#listeners.add(resolve))
    }
  }

  #note(answered: Answered, broken: string | undefined, request: string): Answered {
    this.counts.set(answered.label, (this.counts.get(answered.label) ?? 0) + 1)
    if (broken !== undefined) this.violations.add(`${request} ${answered.label}: ${broken}`)
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
    return answered
  }
}

function answerOf({ status, ok }: Response, text: string): Answered {
  const body = parsed(text)
  return { label: ok ? String(status) : `${status} ${body?.code}`, status, body }
}

/** The rule that an answer breaks, if any. */
function ruleBroken(response: Response, text: string): string | undefined {
  const { status, ok, headers } = response
  if (status === 500) return text.slice(0, 300)
  if (text !== '' && parsed(text) === undefined) return `is not JSON: ${text.slice(0, 100)}`
  if (ok) return undefined
  if (headers.get('Content-Type') !== 'application/problem+json') return 'is no problem'
  if ([429, 503].includes(status) && !(Number(headers.get('Retry-After')) > 0)) return 'has no Retry-After'
  return undefined
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
function parsed(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
