/**
 * Creates elements. Everything is text; the OpenAPI document and answers are never parsed as HTML.
 */

type Child = Node | string | undefined | false

/**
 * Creates an element.
 * @param attributes - Attributes; a function becomes the listener of the event with that name
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | boolean | EventListener | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value)
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...children.filter((child): child is Node | string => child !== undefined && child !== false))
  return made
}

/** The element with an id. */
export function byId<E extends HTMLElement>(id: string): E {
  const found = document.getElementById(id)
  if (found === null) throw new TypeError(`the page has no #${id}`)
  return found as E
}

/** Text with `code` in backticks and **strong** words, as paragraphs and lists. */
export function prose(text = ''): HTMLElement[] {
  return text.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n')
    if (!lines.every((line) => line.startsWith('* '))) return element('p', {}, ...inline(lines.join(' ')))
    return element('ul', {}, ...lines.map((line) => element('li', {}, ...inline(line.slice(2)))))
  })
}

/** One line of that text. */
export function inline(text: string): (Node | string)[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith('`') && part.length > 2) return element('code', {}, part.slice(1, -1))
    if (part.startsWith('**') && part.length > 4) return element('strong', {}, part.slice(2, -2))
    return part
  })
}
