/** Exceptions that nobody handles. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { surviveExceptions } from '../../../../infra/runtimes/bun/shutdown.ts'

it.each(['unhandledRejection', 'uncaughtException'] as const)('%s is logged with its cause and stack', (event) => {
  const on = vi.spyOn(process, 'on').mockReturnThis()
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  onTestFinished(() => void vi.restoreAllMocks())
  surviveExceptions()
  const report = on.mock.calls.find(([name]) => name === event)?.[1]
  for (const error of [new TypeError('broken', { cause: new Error('gone') }), undefined, 'text']) report?.(error)
  const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
  expect(lines).toMatchObject([
    { level: 'error', cause: 'TypeError: broken <- Error: gone', stack: expect.stringContaining('exceptions.test') },
    { level: 'error', cause: '' },
    { level: 'error', cause: 'text' },
  ])
})
