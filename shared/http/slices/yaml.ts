/**
 * YAML of objects that is written without keeping other requests waiting. Loaded with the first one.
 */
import { isObject, type JsonObject } from '../../kind/object.ts'
import { sizeOf } from '../../kind/size-of.ts'
import type { Slices } from '../../runtime/environment.ts'
import { writeYaml } from '../write-yaml.ts'
import { writeInSlices } from './write.ts'

/** Characters that are written without a break, if a field or an element ends there. YAML takes a hundred times as long as JSON. */
const SLICE_LENGTH = 4096
/** What the library ends a document with if its last string ends in empty lines. */
const END = '...\n'

/**
 * The YAML text of an object in UTF-8. Some fields of objects and elements of lists are written in each slice.
 * @param list - Key of what is written last
 * @returns `undefined` if it is no object, or an empty one
 */
export async function yamlInSlices(
  value: unknown,
  slices: Slices,
  list: string,
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  if (!isObject(value) || Object.values(value).every((member) => member === undefined)) return undefined
  const { [list]: last, ...rest } = value
  return writeInSlices(piecesOf({ ...rest, [list]: last }), SLICE_LENGTH, slices)
}

/** The text of an object in pieces: small fields and elements together, what is within large ones piece by piece. */
function* piecesOf(root: JsonObject): Generator<string, void, undefined> {
  /** What the last piece ended with. */
  let end = ''

  /** A value as whole lines. @param lead - Begins the first line, `indent` the others */
  function linesOf(value: unknown, indent: string, lead: string): string {
    const text = writeYaml(value)
    // The lines of a string are indented, so they are no END.
    end = text.endsWith(`\n${END}`) ? END : ''
    const lines = text.slice(0, text.length - end.length).split('\n')
    return lines.map((line, index) => (line === '' ? '' : (index === 0 ? lead : indent) + line)).join('\n')
  }

  function* fieldsOf(object: JsonObject, indent: string, first: string): Generator<string, void, undefined> {
    let lead = first
    const entries = Object.entries(object).filter(([, member]) => member !== undefined)
    for (const group of groupsOf(entries, ([key, member]) => ({ [key]: member }))) {
      const [[key, member] = ['', undefined]] = group
      const head = isLarge(member) ? headOf(key) : undefined
      if (head === undefined) yield linesOf(Object.fromEntries(group), indent, lead)
      else {
        yield lead + head
        yield* membersOf(member, `${indent}  `, `${indent}  `)
      }
      lead = indent
    }
  }

  function* elementsOf(list: readonly unknown[], indent: string, first: string): Generator<string, void, undefined> {
    let lead = first
    for (const group of groupsOf(list, (element) => element)) {
      const [element] = group
      if (isLarge(element)) yield* membersOf(element, `${indent}  `, `${lead}- `)
      else yield linesOf(group, indent, lead)
      lead = indent
    }
  }

  function* membersOf(value: unknown, indent: string, lead: string): Generator<string, void, undefined> {
    if (Array.isArray(value)) yield* elementsOf(value, indent, lead)
    else if (isObject(value)) yield* fieldsOf(value, indent, lead)
  }

  yield* fieldsOf(root, '', '')
  yield end
}

/** The line before the members of a field; `undefined` if the key takes several lines. */
function headOf(key: string): string | undefined {
  return /^(.*:) \[\]\n$/.exec(writeYaml({ [key]: [] }))?.[1]?.concat('\n')
}

/** Members that are written together, of about the length of a slice; a large one by itself. */
function* groupsOf<Member>(
  members: readonly Member[],
  memberOf: (member: Member) => unknown,
): Generator<Member[], void, undefined> {
  let group: Member[] = []
  let length = 0
  for (const member of members) {
    const own = 2 + sizeOf(memberOf(member), SLICE_LENGTH)
    if (group.length > 0 && length + own > SLICE_LENGTH) {
      yield group
      group = []
      length = 0
    }
    group.push(member)
    length += own
  }
  if (group.length > 0) yield group
}

/** Whether a value has members that are not written together. */
function isLarge(value: unknown): boolean {
  return typeof value === 'object' && sizeOf(value, SLICE_LENGTH) > SLICE_LENGTH
}
