/**
 * Finds duplicate fields in JSON, of which `JSON.parse` silently keeps the last.
 */

/**
 * The paths of duplicate fields, in the API server's notation.
 * @param text - Valid JSON
 */
export function duplicateFields(text: string): string[] {
  const tokens = text.matchAll(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g)
  const duplicates: string[] = []
  const read = (path: string): void => {
    const token = tokens.next().value?.[0]
    if (token === '{') readObject(path)
    else if (token === '[') readList(path)
  }
  const readObject = (path: string): void => {
    const seen = new Set<string>()
    for (let token = tokens.next().value?.[0]; token !== '}' && token !== undefined; token = tokens.next().value?.[0]) {
      if (token === ',') continue
      const name: string = JSON.parse(token)
      const field = path === '' ? name : `${path}.${name}`
      if (seen.has(name)) duplicates.push(field)
      seen.add(name)
      tokens.next()
      read(field)
    }
  }
  const readList = (path: string): void => {
    let index = 0
    for (let token = tokens.next().value?.[0]; token !== ']' && token !== undefined; token = tokens.next().value?.[0]) {
      if (token === ',') continue
      const item = `${path}[${index}]`
      if (token === '{') readObject(item)
      else if (token === '[') readList(item)
      index += 1
    }
  }
  read('')
  return [...new Set(duplicates)]
}
