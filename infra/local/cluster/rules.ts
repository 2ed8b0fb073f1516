/**
 * The CEL rules of a schema (`x-kubernetes-validations`).
 * @see {@link https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules}
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { environment } from './cel.ts'
import { alignLists, toCel } from './cel-values.ts'
import { forbiddenValue, invalidValue, required } from './faults.ts'
import { isFields } from './json.ts'
import { propertySchema, type Schema, type ValidationRule } from './schema.ts'
import type { Fault } from './status.ts'

type Evaluate = (context: Record<string, unknown>) => unknown

interface CompiledRule {
  readonly source: ValidationRule
  readonly evaluate: Evaluate
  readonly message: Evaluate | undefined
  /** Whether it compares with the old value. */
  readonly transition: boolean
}

/** The compiled rules of a schema and its subschemas. */
export interface RuleSet {
  readonly schema: Schema
  readonly rules: readonly CompiledRule[]
  readonly properties: ReadonlyMap<string, RuleSet>
  readonly values: RuleSet | undefined
  readonly items: RuleSet | undefined
}

/**
 * Compiles the rules of a schema.
 * @param where - Location for error messages
 * @returns undefined if there are none
 * @throws {Error} if a rule cannot be parsed or uses an unsupported function
 */
export function compileRules(schema: Schema, where: string): RuleSet | undefined {
  const rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => compileRule(rule, where))
  const properties = new Map<string, RuleSet>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const below = compileRules(property, `${where}.${name}`)
    if (below !== undefined) properties.set(name, below)
  }
  const { additionalProperties, items } = schema
  const values = typeof additionalProperties === 'object' ? compileRules(additionalProperties, `${where}.*`) : undefined
  const itemRules = items === undefined ? undefined : compileRules(items, `${where}[]`)
  if (rules.length === 0 && properties.size === 0 && values === undefined && itemRules === undefined) return undefined
  return { schema, rules, properties, values, items: itemRules }
}

function compileRule(source: ValidationRule, where: string): CompiledRule {
  const message = source.messageExpression
  return {
    source,
    evaluate: compile(source.rule, where),
    message: message === undefined ? undefined : compile(message, where),
    transition: source.optionalOldSelf === true || mentions(environment.parse(source.rule).ast, 'oldSelf'),
  }
}

function compile(expression: string, where: string): Evaluate {
  const { valid, error } = environment.check(expression)
  if (!valid) throw new Error(`${where}: the rule ${JSON.stringify(expression)} cannot be used: ${error?.message}`)
  return environment.parse(expression)
}

function mentions(node: unknown, variable: string): boolean {
  if (Array.isArray(node)) return node.some((one) => mentions(one, variable))
  if (typeof node !== 'object' || node === null || !('op' in node)) return false
  const { op, args } = node as ASTNode
  return op === 'id' ? args === variable : mentions(args, variable)
}

/**
 * Evaluates all rules.
 * @param old - The old value, for transition rules; undefined for a new one
 */
export function checkRules(set: RuleSet | undefined, value: unknown, old: unknown, path = ''): Fault[] {
  if (set === undefined || value === null || value === undefined) return []
  const faults = set.rules.flatMap((rule) => checkRule(rule, set.schema, value, old, path))
  if (Array.isArray(value)) {
    const before = oldItems(set.schema, old)
    for (const [index, item] of value.entries()) {
      faults.push(...checkRules(set.items, item, before(item), `${path}[${index}]`))
    }
  } else if (isFields(value)) {
    for (const [name, field] of Object.entries(value)) {
      const below = set.properties.get(name) ?? (declared(set.schema, name) ? undefined : set.values)
      const oldField = isFields(old) && Object.hasOwn(old, name) ? old[name] : undefined
      faults.push(...checkRules(below, field, oldField, path === '' ? name : `${path}.${name}`))
    }
  }
  return faults
}

function declared(schema: Schema, name: string): boolean {
  return schema.properties !== undefined && Object.hasOwn(schema.properties, name)
}

/** Finds the old version of an item, which only lists of type map allow. */
function oldItems(schema: Schema, old: unknown): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return () => undefined
  const keyOf = (item: unknown) => JSON.stringify(isFields(item) ? keys.map((key) => item[key] ?? null) : item)
  const byKey = new Map(old.map((item) => [keyOf(item), item]))
  return (item) => byKey.get(keyOf(item))
}

function checkRule(rule: CompiledRule, schema: Schema, value: unknown, old: unknown, path: string): Fault[] {
  const { source } = rule
  if (rule.transition && (old === undefined || old === null) && source.optionalOldSelf !== true) return []
  const context: Record<string, unknown> = { self: toCel(value, schema) }
  if (rule.transition) {
    const oldSelf = old === undefined ? undefined : toCel(alignLists(old, value, schema), schema)
    context.oldSelf = source.optionalOldSelf === true ? optional(oldSelf) : oldSelf
  }
  try {
    if (rule.evaluate(context) === true) return []
  } catch (error) {
    const summary = error instanceof Error ? error.message.split('\n', 1)[0] : 'failed'
    return [
      invalidValue(
        path,
        Array.isArray(value) ? 'array' : typeof value,
        `${summary} evaluating rule: ${source.message ?? source.rule.trim()}`,
      ),
    ]
  }
  return [faultFor(source, fieldPath(path, source.fieldPath, schema), value, messageOf(rule, context))]
}

const OPTIONAL = {
  none: environment.parse('optional.none()'),
  of: environment.parse('optional.of(self)'),
}

function optional(value: unknown): unknown {
  return value === undefined ? OPTIONAL.none({}) : OPTIONAL.of({ self: value })
}

function messageOf({ source, message }: CompiledRule, context: Record<string, unknown>): string {
  try {
    const text = message?.(context)
    if (typeof text === 'string' && text.trim() !== '' && !/[\r\n]/.test(text)) return text
  } catch {
    // Like the API server, falls back to the fixed message if the expression fails.
  }
  return source.message ?? `failed rule: ${source.rule.trim()}`
}

function faultFor(source: ValidationRule, field: string, value: unknown, message: string): Fault {
  switch (source.reason) {
    case 'FieldValueForbidden':
      return forbiddenValue(field, message)
    case 'FieldValueRequired':
      return required(field, message)
    case 'FieldValueDuplicate':
      return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(value)}` }
    default:
      return ruleFault(field, value, message)
  }
}

/** The path of a rule's error: `.a.b` and `['a']` below the rule's own. */
function fieldPath(path: string, below: string | undefined, schema: Schema): string {
  if (below === undefined) return path
  const steps = [...below.matchAll(/\.([^.[\]]+)|\['([^']+)'\]/g)].map(([, name, key]) => name ?? key ?? '')
  let current: Schema | undefined = schema
  return steps.reduce((whole, step) => {
    const isKey = current?.properties === undefined && current?.additionalProperties !== undefined
    current = propertySchema(current, step)
    if (isKey) return `${whole}[${step}]`
    return whole === '' ? step : `${whole}.${step}`
  }, path)
}

/** Only scalar values are repeated. */
function ruleFault(field: string, value: unknown, message: string): Fault {
  if (typeof value !== 'object') return invalidValue(field, value, message)
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${message}` }
}
