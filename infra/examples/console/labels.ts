/**
 * Texts and marks around fields.
 */
import { element } from './dom.ts'

let count = 0

/** An id that no other element has. */
export function nextId(): string {
  count += 1
  return `field-${count}`
}

/** A line for the error of a field, hidden until there is one. */
export function errorLine(id: string): HTMLElement {
  return element('p', { id, class: 'error', hidden: true })
}

/** The words for several of a kind: `DigitalTwinRegistry` becomes `Digital twin registries`. */
export function several(kind: string): string {
  return words(kind)
    .replace(/(?<=[^aeiou])y$/, 'ie')
    .concat('s')
}

/** The words of a name: `storageSize` becomes `Storage size`, `vaultRef` `Vault`. */
export function words(name: string): string {
  const spaced = name
    .replace(/(?<=.)Refs?$/, '')
    .replaceAll('-', ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z]+s?$/.test(word) && word.length > 1 ? word : word.toLowerCase()))
    .join(' ')
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}
