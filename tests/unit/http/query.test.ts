import { describe, expect, it } from 'vitest'
import { readFlag } from '../../../shared/http/query.ts'
import { applyOptions, writeOptions } from '../../../shared/http/write-options.ts'

const at = (query: string): URL => new URL(`https://api.example/?${query}`)

describe('a flag', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    [undefined, false],
  ])('can be %s', (value, expected) => {
    expect(readFlag('force', value)).toBe(expected)
    const query = value === undefined ? '' : `&diff=${value}&force=${value}`
    expect(applyOptions(at(`dryRun=All${query}`))).toEqual({ dryRun: true, diff: expected, force: expected })
  })

  it.each(['', 'TRUE', 'yes', '2', 'true,'])('cannot be %j', (value) => {
    const errors = [{ pointer: '?follow', detail: 'must be "true" or "false"' }]
    expect(() => readFlag('follow', value)).toThrow(expect.objectContaining({ code: 'invalid_request', errors }))
  })
})

it('shows a difference only of a dry run', () => {
  expect(writeOptions(at('diff=false'))).toEqual({ dryRun: false, diff: false })
  expect(() => writeOptions(at('diff=true'))).toThrow('must be used together with dryRun=All')
})
