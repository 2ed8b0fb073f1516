/**
 * E-mail addresses as Go's net/mail.ParseAddress reads them (RFC 5322), which is what `format: email` means in a CRD.
 * @see {@link https://pkg.go.dev/net/mail#ParseAddress}
 */
import { IPV4_REGEX } from 'valibot'
import { isIPv6 } from './ip-address.ts'

/** Whether a string is one mailbox, e.g. `ada@example.com` or `Ada <ada@example.com>`, or a group of one. */
export function isEmailAddress(text: string): boolean {
  const parser = new AddressParser(text)
  return parser.address(true) === 1 && parser.comments() && parser.isAtEnd
}

/** Printable ASCII except RFC 5322's specials, and everything beyond ASCII. */
const ATOM = /[!#$%&'*+\-./0-9=?A-Z^_`a-z{|}~\u0080-\u{10ffff}]+/uy
const QUOTED = /"((?:[\t !#-[\]-~\u0080-\u{10ffff}]|\\[\t -~\u0080-\u{10ffff}])*)"/uy
const LITERAL = /\[([!-Z^-~\u0080-\u{10ffff}]*)\]/uy
const BLANKS = /[ \t]*/uy

/** Reads from left to right. Each method tells whether it found what it is named after; if not, it does not move. */
class AddressParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  /**
   * address = mailbox / group
   * @returns The number of mailboxes; undefined if it is not an address
   */
  address(groups: boolean): number | undefined {
    this.#take(BLANKS)
    if (this.#addrSpec()) {
      this.#take(BLANKS)
      return this.#peek() === '(' && !this.#comment() ? undefined : 1
    }
    if (this.#peek() !== '<' && !this.#phrase()) return undefined
    this.#take(BLANKS)
    if (groups && this.#consume(':')) return this.#groupList()
    return this.#consume('<') && this.#addrSpec() && this.#consume('>') ? 1 : undefined
  }

  /** Skips spaces and comments; false if a comment is not closed. */
  comments(): boolean {
    this.#take(BLANKS)
    while (this.#peek() === '(') {
      if (!this.#comment()) return false
      this.#take(BLANKS)
    }
    return true
  }

  #groupList(): number | undefined {
    this.#take(BLANKS)
    if (this.#consume(';')) return this.comments() ? 0 : undefined
    for (let count = 0; ; ) {
      const more = this.address(false)
      if (more === undefined || !this.comments()) return undefined
      count += more
      if (this.#consume(';')) return this.comments() ? count : undefined
      if (!this.#consume(',')) return undefined
    }
  }

  #addrSpec(): boolean {
    const start = this.#at
    this.#take(BLANKS)
    const local = this.#peek() === '"' ? this.#take(QUOTED)?.[1] : this.#dotAtom()
    if (local !== undefined && local !== '' && this.#consume('@')) {
      this.#take(BLANKS)
      if (this.#peek() === '[' ? this.#domainLiteral() : this.#dotAtom() !== undefined) return true
    }
    this.#at = start
    return false
  }

  #domainLiteral(): boolean {
    const address = this.#take(LITERAL)?.[1] ?? ''
    return IPV4_REGEX.test(address) || isIPv6(address)
  }

  #dotAtom(): string | undefined {
    const atom = this.#take(ATOM)?.[0]
    return atom === undefined || /^\.|\.\.|\.$/.test(atom) ? undefined : atom
  }

  /** One or more words; a malformed word after the first ends the phrase. */
  #phrase(): boolean {
    for (let words = 0; ; words += 1) {
      if (words > 0 && !this.comments()) return false
      this.#take(BLANKS)
      if (this.isAtEnd) return words > 0
      if (this.#take(this.#peek() === '"' ? QUOTED : ATOM) === undefined) return words > 0
    }
  }

  #comment(): boolean {
    let depth = 0
    do {
      const character = this.#text[this.#at]
      if (character === undefined) return false
      if (character === '\\' && this.#at + 1 < this.#text.length) this.#at += 1
      else if (character === '(') depth += 1
      else if (character === ')') depth -= 1
      this.#at += 1
    } while (depth > 0)
    return true
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #consume(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at += 1
    return true
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at += match[0].length
    return match
  }
}
