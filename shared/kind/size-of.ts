import { isObject } from './object.ts'

/**
 * About how many characters a JSON value has as text. To write the text would take longer, and memory for all of it.
 * @param most - Beyond this the exact size does not matter, and counting stops
 */
export function sizeOf(value: unknown, most: number = Number.POSITIVE_INFINITY): number {
  let size = 0
  const values = [value]
  for (const one of values) {
    if (size > most) break
    if (typeof one === 'string') size += one.length
    else if (Array.isArray(one)) {
      size += 2 * one.length
      for (const element of one.slice(0, most)) values.push(element)
    } else if (isObject(one)) {
      for (const key in one) {
        size += key.length + 6
        if (size > most) break
        values.push(one[key])
      }
    } else size += 4
  }
  return size
}
