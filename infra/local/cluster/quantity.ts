/**
 * Kubernetes quantities (`500m`, `10Gi`), exact, for rules in CEL.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/}
 */

const SYNTAX = /^([+-]?)(\d+\.?\d*|\.\d+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d{1,2})?$/
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
/** Decimal places. A quantity has at most nine; an exponent may add more. */
const SCALE = 120

/** A quantity, in units of 10^-120. */
export class Quantity {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }

  /**
   * @returns undefined if `text` is not a quantity
   */
  static parse(text: string): Quantity | undefined {
    const match = SYNTAX.exec(text)
    if (match === null) return undefined
    const [, sign, number = '0', suffix = ''] = match
    const [whole = '', fraction = ''] = number.split('.')
    const digits = BigInt(whole + fraction)
    const exponent = DECIMAL[suffix] ?? (/^[eE][+-]?\d/.test(suffix) ? Number(suffix.slice(1)) : 0)
    const scaled = digits * 10n ** BigInt(Math.max(0, SCALE - fraction.length + exponent))
    const value = scaled * 1024n ** BigInt(BINARY.indexOf(suffix) + 1)
    return new Quantity(sign === '-' ? -value : value)
  }

  /** -1, 0 or 1. */
  compareTo(other: Quantity): bigint {
    return this.value < other.value ? -1n : this.value > other.value ? 1n : 0n
  }

  /** Whether it is a whole number of units. */
  get isInteger(): boolean {
    return this.value % UNIT === 0n
  }

  /** Units, truncated to a whole number. */
  get asInteger(): bigint {
    return this.value / UNIT
  }
}

const UNIT = 10n ** BigInt(SCALE)
