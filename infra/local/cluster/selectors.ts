/**
 * Label and field selectors.
 * @see {@link https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors}
 */
import { valueAt } from './json.ts'
import type { Kind } from './kind.ts'
import { labelValueFaults, qualifiedNameFaults } from './metadata.ts'
import type { KubeObject } from './object.ts'
import { badRequest } from './status.ts'

/** Tells whether an object is selected. */
export type Matcher = (object: KubeObject) => boolean

/**
 * Reads `labelSelector` and `fieldSelector` of a query.
 * @throws {StatusError} 400 if a selector is not valid or a field is not selectable
 */
export function matcherOf(kind: Kind, query: URLSearchParams): Matcher {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(kind, query.get('fieldSelector') ?? '')
  return (object) => labels(object) && fields(object)
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean

/**
 * Reads a label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`, joined by commas.
 * @throws {StatusError} 400
 */
function parseLabelSelector(selector: string): Matcher {
  const tests = requirements(selector).map((text) => labelTest(text, selector))
  return ({ metadata }) => tests.every((test) => test(metadata.labels ?? {}))
}

/** Splits a label selector at commas outside parentheses. */
function requirements(selector: string): string[] {
  if (selector.trim() === '') return []
  return selector.split(/,(?![^(]*\))/)
}

function labelTest(text: string, selector: string): LabelTest {
  const fail = (why: string) => badRequest(`unable to parse requirement: ${why}`)
  const [, exists] = /^\s*!\s*(\S+)\s*$/.exec(text) ?? []
  if (exists !== undefined && !/[=<>()!]/.test(exists)) {
    const key = checkKey(exists, fail)
    return (labels) => !Object.hasOwn(labels, key)
  }
  const set = /^\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*$/.exec(text)
  if (set !== null) {
    const [, name = '', operator, list = ''] = set
    const key = checkKey(name, fail)
    const values = list.split(',').map((value) => checkValue(key, value.trim(), fail))
    const has = (labels: Readonly<Record<string, string>>) =>
      Object.hasOwn(labels, key) && values.includes(labels[key] ?? '')
    return operator === 'in' ? has : (labels) => !has(labels)
  }
  const compare = /^\s*([^\s=!<>()]+)\s*(==|=|!=|>|<)\s*([^\s=!<>()]*)\s*$/.exec(text)
  if (compare !== null) {
    const [, name = '', operator, value = ''] = compare
    const key = checkKey(name, fail)
    return comparison(key, operator ?? '', checkValue(key, value, fail), fail)
  }
  const [, key] = /^\s*([^\s=!<>()]+)\s*$/.exec(text) ?? []
  if (key === undefined) throw badRequest(`couldn't parse the selector string ${JSON.stringify(selector)}`)
  checkKey(key, fail)
  return (labels) => Object.hasOwn(labels, key)
}

function comparison(key: string, operator: string, value: string, fail: (why: string) => Error): LabelTest {
  if (operator === '!=') return (labels) => !Object.hasOwn(labels, key) || labels[key] !== value
  if (operator !== '<' && operator !== '>') return (labels) => Object.hasOwn(labels, key) && labels[key] === value
  if (!/^-?\d+$/.test(value)) {
    throw fail(
      `values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    )
  }
  const sign = operator === '>' ? 1 : -1
  return (labels) => {
    const found = Object.hasOwn(labels, key) ? labels[key] : undefined
    return found !== undefined && /^-?\d+$/.test(found) && (Number(found) - Number(value)) * sign > 0
  }
}

function checkKey(key: string, fail: (why: string) => Error): string {
  const [fault] = qualifiedNameFaults(key)
  if (fault !== undefined) throw fail(`key: Invalid value: ${JSON.stringify(key)}: ${fault}`)
  return key
}

function checkValue(key: string, value: string, fail: (why: string) => Error): string {
  const [fault] = labelValueFaults(value)
  if (fault !== undefined) throw fail(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${fault}`)
  return value
}

/** Reads a field selector: `a.b=c`, `a.b==c`, `a.b!=c`, joined by commas. */
function parseFieldSelector(kind: Kind, selector: string): Matcher {
  if (selector === '') return () => true
  const tests = splitTerms(selector).map((term): Matcher => {
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
    if (match === null) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
    const [, field = '', operator, escaped = ''] = match
    const value = unescapeValue(escaped)
    checkField(kind, field)
    const equal = (object: KubeObject) => fieldText(object, field) === value
    return operator === '!=' ? (object) => !equal(object) : equal
  })
  return (object) => tests.every((test) => test(object))
}

/** Splits a field selector at commas without a backslash. */
function splitTerms(selector: string): string[] {
  return selector.match(/(\\.|[^,\\])+/gs) ?? []
}

function unescapeValue(value: string): string {
  if (/(^|[^\\])(\\\\)*[=,]/.test(value))
    throw badRequest(`invalid field selector: unescaped character in value: ${value}`)
  return value.replace(/\\([\\,=])/g, '$1')
}

function checkField(kind: Kind, field: string): void {
  const known = field === 'metadata.name' || (field === 'metadata.namespace' && kind.namespaced)
  if (known || kind.selectable.includes(field)) return
  throw badRequest(`field label not supported: ${field}`)
}

/** The value that a field selector compares; an absent field is an empty string. */
function fieldText(object: KubeObject, field: string): string {
  const value = valueAt(object, field.split('.'))
  return value === undefined || value === null ? '' : String(value)
}
