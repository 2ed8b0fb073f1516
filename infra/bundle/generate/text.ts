/**
 * Pieces of generated TypeScript.
 */

/** A property name in code, quoted if it must be. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** A string literal in single quotes. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** A JSON value as a literal. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) return record(Object.entries(value).map(([k, v]) => [k, literal(v)]))
  return String(value)
}

/** An object literal of property names and code; properties without code are omitted. */
export function record(entries: readonly (readonly [name: string, code: string | undefined])[]): string {
  const given = entries.filter(([, code]) => code !== undefined)
  return given.length === 0 ? '{}' : `{ ${given.map(([name, code]) => `${propertyName(name)}: ${code}`).join(', ')} }`
}

/** A doc comment; empty if there is no text. */
export function docComment(text: string | undefined): string {
  if (text === undefined || text.trim() === '') return ''
  const lines = text
    .trim()
    .replaceAll('*/', '*\\/')
    .split('\n')
    .flatMap((line) => wrap(line.trim(), 114))
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

/** Pascal case of a property name, e.g. `TrustedIssuers`. */
export function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** The singular of a plural property name, good enough for the name of a type. */
export function singular(name: string): string {
  if (/(s|x|z|ch|sh)es$/.test(name)) return name.slice(0, -2)
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`
  return name.endsWith('s') && !name.endsWith('ss') ? name.slice(0, -1) : name
}
