import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { BREAKAGES } from '../../breakages/breakages.ts'
import { broken } from '../../breakages/copy.ts'
import { noticed, otherFailures } from '../../breakages/judge.ts'

const [rules = '', table = ''] = readFileSync(join(PROJECT, 'tests/security/README.md'), 'utf8').split('## Breakages')

/** The cells of the rows of all tables, without their heads. */
function rowsOf(text: string): string[][] {
  const lines = text.match(/^\|.*\|$/gm) ?? []
  const rows = lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  return rows.filter((_, index) => !/^\| -/.test(lines[index + 1] ?? '') && !/^\| -/.test(lines[index] ?? ''))
}

describe('breakages', () => {
  it.each(BREAKAGES)('the source has the text once, and there is the test: $rule: it $what', (breakage) => {
    const source = readFileSync(join(PROJECT, breakage.file), 'utf8')
    expect(broken(source, breakage)).not.toBe(source)
    expect(existsSync(join(PROJECT, breakage.test))).toBe(true)
  })

  it('are two for each rule of tests/security/README.md', () => {
    const named = rowsOf(rules).map(([rule = '']) => rule)
    expect(named.length).toBeGreaterThan(20)
    expect(BREAKAGES.map(({ rule }) => rule)).toEqual(named.flatMap((rule) => [rule, rule]))
  })

  it('are listed in tests/security/README.md', () => {
    const listed = BREAKAGES.map(({ rule, what, test }) => [rule, what, `\`${test.replace('tests/security/', '')}\``])
    expect(rowsOf(table)).toEqual(listed)
  })

  it('are refused if the source does not have the text exactly once', () => {
    const breakage = { rule: '', what: '', file: 'a.ts', text: 'x()', replacement: '', test: '' }
    expect(broken('a\nx()\nb', breakage)).toBe('a\n\nb')
    expect(() => broken('y()', breakage)).toThrow('a.ts does not contain "x()"')
    expect(() => broken('x() x()', breakage)).toThrow('a.ts contains "x()" more than once')
  })
})

describe('a breakage', () => {
  const report = (message: string, ...failures: string[]) => ({
    testResults: [{ message, assertionResults: [{ status: 'failed', fullName: 'a test', failureMessages: failures }] }],
  })

  it.each(['AssertionError: expected 1 to be 2', 'Error: promise resolved "1" instead of rejecting'])(
    'is noticed by a failed assertion: %s',
    (message) => {
      expect([noticed(report('', message)), otherFailures(report('', message))]).toEqual([['a test'], []])
    },
  )

  it.each([
    [report('SyntaxError: Unexpected token\n  at x'), 'SyntaxError: Unexpected token'],
    [report('', 'Error: Test timed out in 5000ms.'), 'Error: Test timed out in 5000ms.'],
    [report('', 'TypeError: x is not a function'), 'TypeError: x is not a function'],
  ])('is not noticed by another failure', (failed, line) => {
    expect([noticed(failed), otherFailures(failed)]).toEqual([[], [line]])
  })
})
