/**
 * Creates elements. Everything is text: nothing is ever parsed as HTML.
 */

/** What an element may have in it. */
export type Child = Node | string | undefined | false

/**
 * Creates an element.
 * @param attributes - Attributes; a function becomes the listener of the event with that name
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | boolean | ((event: Event) => void) | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value)
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...shown(children))
  return made
}

/** Replaces what an element has in it. The focus stays on the link or button that was there before. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  const { activeElement: focused } = document
  const isInside = focused !== null && parent.contains(focused) && focused !== parent
  parent.replaceChildren(...shown(children))
  if (isInside)
    [...parent.querySelectorAll<HTMLElement>(focused.localName)].find((one) => isSame(one, focused))?.focus()
}

function isSame(one: Element, other: Element): boolean {
  const [href, before] = [one.getAttribute('href'), other.getAttribute('href')]
  return href === before && (href !== null || one.textContent === other.textContent)
}

/** The element of the page with an id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new TypeError(`the page has no #${id}`)
  return found
}

/** Tells something to people who cannot see the page. */
export function announce(text: string): void {
  byId('announcement').textContent = text
}

function shown(children: readonly Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== undefined && child !== false)
}
