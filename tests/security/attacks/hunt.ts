/**
 * Hunts for the slowest input of each parser, on the engine that runs this file: `node hunt.ts` or `bun hunt.ts`. Prints a line of
 * JSON for each parser. Ends with 1 if the CPU time of an input grows faster than its size, or if a parser throws what is no
 * answer to the client.
 *
 * `--inputs N` are tried for each parser; `--seed N` repeats a run; `--only TEXT` limits the parsers.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { BODY_LIMIT } from '../../../shared/http/body.ts'
import { isRefusal, PARSERS, type Parser } from './parsers.ts'
import { render, type Shape, shapes } from './shape.ts'
import { SLOWEST } from './slowest.ts'

/** Sizes of an input in characters. The small ones keep what is exponential from running forever. */
const SIZES = [12, 16, 20, 24, 28, 32, 40, 64, 256, 1024, 4096, 16_384, 65_536, 262_144]
/** The most by which the time of a character may be larger than in a shorter input. Quadratic time makes it four. */
const GROWTH = 3
/** A difference in milliseconds below which is noise. */
const NOISE_MS = 10
/** A time in milliseconds that is worth another look. */
const SLOW_MS = 20
/** Names of what every object inherits. An input that adds one has polluted all of them. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype).join()
/** How often such an input is measured: the least time counts. */
const TIMES = 8

const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
})

let failures = 0
// A stack costs more than most refusals.
Error.stackTraceLimit = 0
for (const [name, parser] of Object.entries(PARSERS)) {
  if (name.includes(options.only)) await hunt(name, parser)
}
process.exitCode = failures === 0 ? 0 : 1

async function hunt(name: string, parser: Parser): Promise<void> {
  let slowest = { ms: 0, shape: undefined as Shape | undefined }
  const property = fc.asyncProperty(shapes(parser.words), async (shape) => {
    const ms = await timeOf(parser, shape)
    if (Object.getOwnPropertyNames(Object.prototype).join() !== INHERITED) throw new Error('changes all objects')
    if (ms > slowest.ms) slowest = { ms, shape }
  })
  const found = await fc.check(property, {
    numRuns: Number(options.inputs),
    seed: Number(options.seed),
    examples: (SLOWEST[name] ?? []).map((shape) => [shape]),
  })
  if (found.failed) failures += 1
  const error = found.errorInstance instanceof Error ? found.errorInstance.message : undefined
  console.log(
    JSON.stringify({ name, ...slowest, ...(found.failed && { error, counterexample: found.counterexample?.[0] }) }),
  )
}

/** Milliseconds of CPU for the largest input of a shape. */
async function timeOf(parser: Parser, shape: Shape): Promise<number> {
  let last = 0
  const sizes = SIZES.filter((size) => size <= (parser.most ?? BODY_LIMIT))
  for (const [index, size] of sizes.entries()) {
    const text = render(shape, size)
    const allowed = (last * GROWTH * size) / (SIZES[index - 1] ?? size) + NOISE_MS
    let ms = await measured(parser, text)
    for (let time = 1; (ms > allowed || ms > SLOW_MS) && time < TIMES; time += 1) {
      ms = Math.min(ms, await measured(parser, text))
    }
    if (ms > allowed)
      throw new Error(`${size} characters take ${ms.toFixed(1)} ms, after ${last.toFixed(1)} ms for the size before`)
    last = ms
  }
  return last
}

async function measured({ parse }: Parser, text: string): Promise<number> {
  const before = process.cpuUsage()
  try {
    await parse(text)
  } catch (error) {
    if (!isRefusal(error)) throw new Error(`throws ${error}`, { cause: error })
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
