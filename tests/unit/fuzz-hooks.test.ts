/** tests/fuzz/hooks.py explains refusals by their texts, so it has to follow them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { textsOfErrors } from './texts.ts'

/** Lists of hooks.py whose texts come from this server. */
const LISTS = ['PARAMETERS', 'HEADERS', 'VALUES', 'RESULTS', 'TEXTS']

const hooks = readFileSync(join(PROJECT, 'tests', 'fuzz', 'hooks.py'), 'utf8')

const detailsOf = (list: string): string[] => {
  const body = new RegExp(`^${list} = \\[\\n(.*?)^\\]`, 'ms').exec(hooks)?.[1] ?? ''
  return [...body.matchAll(/^ {4}\(r"[^"]*", r"([^"]*)"\),$/gm)].map(([, detail = '']) => detail)
}

const texts = textsOfErrors().map(({ text }) => text)

/** Whether a text of the server is meant; an inserted value may be a text itself ("must be …", "an integer"). */
const isMeant = (detail: string): boolean =>
  texts.some((text) => new RegExp(`^${detail}$`).test(text)) ||
  texts.some((text) => {
    const start = /^([^…]+)…+$/.exec(text)?.[1]
    if (start === undefined || !detail.startsWith(start)) return false
    const rest = detail.slice(start.length).replace(/; \.\*$/, '')
    return texts.includes(rest)
  })

it.each(LISTS)('the fuzz rules in %s match texts of the server', (list) => {
  const details = detailsOf(list)
  expect(details.length).toBeGreaterThan(0)
  expect(details.filter((detail) => !isMeant(detail))).toEqual([])
})
