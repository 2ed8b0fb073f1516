/** Finds the texts of errors and warnings in the sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vitest/node'
import { PROJECT } from '../../infra/bundle/project.ts'

/** A text, or a part of one. */
export interface Text {
  /** Its file. */
  readonly file: string
  /** The text, with `…` for inserted values. */
  readonly text: string
  /** Whether it is a whole `detail` or `message`. Otherwise it may be part of another text. */
  readonly isWhole: boolean
}

/** A node of the syntax tree (ESTree). */
interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

/** Two words: shorter strings are names, separators or headers. */
const WORDS = /[a-z]{2} [a-z]/

/** Texts for the OpenAPI document, the log, Prometheus or programs. Names of properties and parameters. */
const NOT_FOR_ERRORS = new Set(['answers', 'cause', 'description', 'headers', 'help', 'openapi', 'summary', 'title'])

/** Functions whose texts no client sees: the log, program errors, and string methods. */
const UNSEEN = new Set([
  'Error',
  'TypeError',
  'DOMException',
  'log',
  'includes',
  'join',
  'lastIndexOf',
  'split',
  'startsWith',
])

/** Expressions that have the value of one of their parts. */
const TRANSPARENT = new Set(['ConditionalExpression', 'LogicalExpression', 'TSAsExpression', 'TSSatisfiesExpression'])

/**
 * Returns all texts of the functions.
 * @returns By file, in source order
 */
export function textsOfErrors(): Text[] {
  const files = ['functions', 'shared'].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith('schemas/'))
      .map((name) => `${folder}/${name}`)
      .sort(),
  )
  const trees = files.map(
    (file) => [file, parseAst(readFileSync(join(PROJECT, file), 'utf8'), { lang: 'ts' })] as const,
  )
  const parameters = new Map(trees.flatMap(([, tree]) => parametersIn(tree as unknown as Node)))
  return trees.flatMap(([file, tree]) =>
    textsIn(tree as unknown as Node, parameters).map(({ text, isWhole }) => ({ file, text, isWhole })),
  )
}

/** Returns the parameter names of each function, and of the constructor of each class. */
function parametersIn(node: Node): [name: string, parameters: string[]][] {
  const inner = childrenOf(node).flatMap(([, child]) => parametersIn(child))
  if (node.type === 'FunctionDeclaration') return [[nameOf(node.id), namesOf(node.params)], ...inner]
  if (node.type !== 'ClassDeclaration') return inner
  const { body } = node.body as { body: readonly { kind?: string; value?: Node }[] }
  const maker = body.find(({ kind }) => kind === 'constructor')
  return maker === undefined ? inner : [[nameOf(node.id), namesOf(maker.value?.params)], ...inner]
}

function namesOf(parameters: unknown): string[] {
  return (parameters as Node[]).map((parameter) => nameOf(parameter.left ?? parameter))
}

function textsIn(
  node: Node,
  parameters: ReadonlyMap<string, readonly string[]>,
  isWhole = false,
): Pick<Text, 'text' | 'isWhole'>[] {
  const text = textOf(node)
  const isText = text !== undefined && WORDS.test(text)
  const inner = childrenOf(node).flatMap(([role, child]) => {
    const purpose = purposeOf(node, role, child, parameters)
    if (purpose === undefined) return textsIn(child, parameters, isWhole && TRANSPARENT.has(node.type))
    return NOT_FOR_ERRORS.has(purpose) ? [] : textsIn(child, parameters, purpose === 'detail' || purpose === 'message')
  })
  return isText ? [{ text: text.trim(), isWhole }, ...inner] : inner
}

/** Returns the name of the property, variable or parameter that receives a part of an expression. */
function purposeOf(
  node: Node,
  role: string,
  child: Node,
  parameters: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (node.type === 'Property' && role === 'value') return nameOf(node.key)
  if (node.type === 'VariableDeclarator' && role === 'init') return nameOf(node.id)
  if (role !== 'arguments') return undefined
  const callee = node.callee as Node
  const name = nameOf(callee.property ?? callee)
  if (UNSEEN.has(name)) return 'cause'
  return parameters.get(name)?.[(node.arguments as Node[]).indexOf(child)] ?? ''
}

function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type !== 'TemplateLiteral') return undefined
  return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…')
}

/** Returns the child nodes without types and imports, each with the name of its member. */
function childrenOf(node: Node): [role: string, child: Node][] {
  if (/^(Import|TS(Type|Interface))/.test(node.type)) return []
  return Object.entries(node).flatMap(([role, member]) =>
    [member].flat().flatMap((child): [string, Node][] => (isNode(child) ? [[role, child]] : [])),
  )
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

function nameOf(node: unknown): string {
  const { name, value } = (node ?? {}) as { name?: unknown; value?: unknown }
  return String(name ?? value ?? '')
}
