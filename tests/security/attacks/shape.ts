/**
 * Texts of any size that repeat a few words of a grammar: what makes a parser go back and forth, or deep.
 */
import fc from 'fast-check'

/** `head`, then `pump` many times, `middle`, `close` as many times, `tail`. */
export interface Shape {
  readonly head: string
  /** `#` stands for the number of the repetition. */
  readonly pump: string
  readonly middle: string
  readonly close: string
  readonly tail: string
}

/** The text of a shape with about a number of characters. */
export function render({ head, pump, middle, close, tail }: Shape, size: number): string {
  const isCounted = pump.includes('#')
  const length = pump.length + close.length + (isCounted ? String(size).length - 1 : 0)
  const times = Math.max(1, Math.floor((size - head.length - middle.length - tail.length) / length))
  const pumped = isCounted
    ? Array.from({ length: times }, (_, index) => pump.replaceAll('#', String(index))).join('')
    : pump.repeat(times)
  return head + pumped + middle + close.repeat(times) + tail
}

/** Any shape of these words. */
export function shapes(words: readonly string[]): fc.Arbitrary<Shape> {
  const some = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...words), { minLength, maxLength }).map((parts) => parts.join(''))
  return fc.record({
    head: some(0, 3),
    pump: some(1, 4),
    middle: some(0, 2),
    close: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: some(1, 2) }),
    tail: some(0, 2),
  })
}
