/** Values that must never be seen again, and a look for them. */
import { expect, onTestFinished, vi } from 'vitest'

/** Plants values and collects everything that comes out of the server: answers, and what is logged. */
export class Canaries {
  readonly #planted = new Map<string, string>()
  readonly #outputs: string[] = []

  constructor() {
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      const spy = vi.spyOn(console, method).mockImplementation((...values) => {
        this.#outputs.push(`console.${method}: ${values.join(' ')}`)
      })
      onTestFinished(() => spy.mockRestore())
    }
  }

  /** A value that nobody would come up with. */
  plant(where: string): string {
    const value = `canary-${crypto.randomUUID()}`
    this.#planted.set(value, where)
    return value
  }

  /** Takes in an answer. */
  saw(what: string, { headers, text }: { readonly headers: Headers; readonly text: string }): void {
    this.#outputs.push(`${what}: ${JSON.stringify([...headers])} ${text}`)
  }

  /** Fails if anything planted came out, naming where it was and where it came out. */
  expectNone(): void {
    expect(this.#outputs.length).toBeGreaterThan(0)
    const leaks = [...this.#planted].flatMap(([value, where]) =>
      this.#outputs.filter((output) => output.includes(value)).map((output) => `${where} in ${output}`),
    )
    expect(leaks).toEqual([])
  }
}
