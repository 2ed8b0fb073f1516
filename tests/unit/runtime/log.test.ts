import { afterEach, expect, it, vi } from 'vitest'
import { log } from '../../../shared/runtime/log.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it('a line of the log is one JSON object without control characters, whatever it is about', () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const hostile = '"}\n{"event":"forged"}\u001b[31m\u0085\u2028\\'
  log('info', hostile, { cause: hostile })
  expect(print).toHaveBeenCalledTimes(1)
  const line = String(print.mock.calls[0]?.[0])
  expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
  expect(() => JSON.parse(line)).not.toThrow()
  expect(JSON.parse(line)).toMatchObject({ event: 'message', message: hostile, cause: hostile })
})
