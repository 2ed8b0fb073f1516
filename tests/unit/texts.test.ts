/** The texts of errors and warnings: tests/texts.txt lists all of them, and each follows some rules. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { type Text, textsOfErrors } from './texts.ts'

/** A text that is not a sentence completes one whose subject is the field: "/spec/version is required". */
const FRAGMENT = /^(must|is|are|was|has|can|cannot|does not|names|needs) /

/** A sentence may also start with a name: a placeholder, a quoted name, or a plural followed by a name. */
const SENTENCE = /^(["`…A-Z]|[a-z]+ …).*[.…]$/s

const BRITISH = /\b\w*(organis|authoris|recognis|behaviour|colour|licence|catalogue|cancelled|labelled|honour)\w*/i

/** Maximum length, which fits into two lines of a terminal. */
const LONGEST = 200

const texts = textsOfErrors()

const offending = (isOffence: (text: Text) => boolean): string[] =>
  texts.filter(isOffence).map(({ file, text }) => `${file}: ${text}`)

describe('texts of errors and warnings', () => {
  it('are all in tests/texts.txt, so that a review sees changes', async () => {
    const files = Map.groupBy(texts, ({ file }) => file)
    const listed = [...files].map(([file, found]) =>
      [file, ...new Set(found.map(({ text }) => `  ${text}`))].join('\n'),
    )
    expect(listed.length).toBeGreaterThan(40)
    await expect(`${listed.join('\n\n')}\n`).toMatchFileSnapshot(join(PROJECT, 'tests', 'texts.txt'))
  })

  it('are sentences, or complete one whose subject is the field', () => {
    expect(offending(({ text, isWhole }) => isWhole && !SENTENCE.test(text) && !FRAGMENT.test(text))).toEqual([])
  })

  it('start like a sentence if they end like one', () => {
    expect(offending(({ text }) => text.endsWith('.') && !SENTENCE.test(text))).toEqual([])
  })

  it('use American spelling', () => {
    expect(offending(({ text }) => BRITISH.test(text))).toEqual([])
  })

  it('are short', () => {
    expect(offending(({ text }) => text.length > LONGEST)).toEqual([])
  })
})
