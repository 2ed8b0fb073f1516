/**
 * The Common Expression Language with those of Kubernetes' functions that the rules of the CRDs use. A rule that
 * needs another one does not compile.
 * @see {@link https://kubernetes.io/docs/reference/using-api/cel/}
 */
import { isIPv4, isIPv6 } from 'node:net'
import { Environment } from '@marcbachmann/cel-js'
import { Quantity } from './quantity.ts'

/** The environment in which rules about `self` and `oldSelf` compile. */
export const environment: Environment = createEnvironment()

function createEnvironment(): Environment {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn')
  registerQuantities(environment)
  registerUrls(environment)
  registerLists(environment)
  registerTexts(environment)
  return environment
}

function registerQuantities(environment: Environment): void {
  const quantity = (text: string): Quantity => {
    const value = Quantity.parse(text)
    if (value === undefined) throw new Error('quantities must match the regular expression of a quantity')
    return value
  }
  environment
    .registerType('Quantity', { ctor: Quantity, fields: {} })
    .registerFunction('quantity(string): Quantity', quantity)
    .registerFunction('isQuantity(string): bool', (text: string) => Quantity.parse(text) !== undefined)
    .registerFunction('Quantity.compareTo(Quantity): int', (a: Quantity, b: Quantity) => a.compareTo(b))
    .registerFunction('Quantity.isGreaterThan(Quantity): bool', (a: Quantity, b: Quantity) => a.value > b.value)
    .registerFunction('Quantity.isLessThan(Quantity): bool', (a: Quantity, b: Quantity) => a.value < b.value)
    .registerFunction('Quantity.add(Quantity): Quantity', (a: Quantity, b: Quantity) => new Quantity(a.value + b.value))
    .registerFunction('Quantity.sub(Quantity): Quantity', (a: Quantity, b: Quantity) => new Quantity(a.value - b.value))
    .registerFunction('Quantity.sign(): int', (a: Quantity) => (a.value < 0n ? -1n : a.value > 0n ? 1n : 0n))
    .registerFunction('Quantity.isInteger(): bool', (a: Quantity) => a.isInteger)
    .registerFunction('Quantity.asInteger(): int', (a: Quantity) => a.asInteger)
}

function registerUrls(environment: Environment): void {
  const url = (text: string): URL => {
    // For Kubernetes absolute paths are URLs, relative references are not.
    if (!URL.canParse(text) && !text.startsWith('/')) throw new Error('URL parse error')
    return new URL(text, 'none://')
  }
  environment
    .registerType('URL', { ctor: URL, fields: {} })
    .registerFunction('url(string): URL', url)
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text) || text.startsWith('/'))
    .registerFunction('URL.getScheme(): string', (a: URL) => (a.protocol === 'none:' ? '' : a.protocol.slice(0, -1)))
    .registerFunction('URL.getHost(): string', (a: URL) => a.host)
    .registerFunction('URL.getHostname(): string', (a: URL) => a.hostname.replace(/^\[|\]$/g, ''))
    .registerFunction('URL.getPort(): string', (a: URL) => a.port)
    .registerFunction('URL.getEscapedPath(): string', (a: URL) => a.pathname)
    .registerFunction('isIP(string): bool', (text: string) => isIPv4(text) || isIPv6(text))
}

function registerLists(environment: Environment): void {
  const least = (list: unknown[], better: (a: never, b: never) => boolean): unknown =>
    list.reduce((best, one) => (better(one as never, best as never) ? one : best))
  environment
    .registerFunction('list.isSorted(): bool', (list: never[]) =>
      list.every((one, index) => index === 0 || (list[index - 1] as never) <= one),
    )
    .registerFunction('list.sum(): dyn', (list: never[]) =>
      list.reduce(
        (sum: never, one: never) => ((sum as number) + one) as never,
        (typeof list[0] === 'number' ? 0 : 0n) as never,
      ),
    )
    .registerFunction('list.min(): dyn', (list: unknown[]) => least(list, (a, b) => a < b))
    .registerFunction('list.max(): dyn', (list: unknown[]) => least(list, (a, b) => a > b))
    .registerFunction('list.indexOf(dyn): int', (list: unknown[], value: unknown) => BigInt(list.indexOf(value)))
    .registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], value: unknown) =>
      BigInt(list.lastIndexOf(value)),
    )
}

function registerTexts(environment: Environment): void {
  environment
    .registerFunction('string.find(string): string', (text: string, pattern: string) => text.match(pattern)?.[0] ?? '')
    .registerFunction('string.findAll(string): list', (text: string, pattern: string) => [
      ...(text.match(new RegExp(pattern, 'g')) ?? []),
    ])
}
