import { describe, expect, it } from 'vitest'
import { readArguments, UsageError } from '../../infra/local/arguments.ts'

describe('the command line of npm start', () => {
  it('has a port and no more unless something is asked for', () => {
    expect(readArguments([], {})).toEqual({ port: 8787, state: undefined, context: undefined, kubeconfig: undefined })
    expect(readArguments([], { PORT: '1234', CORS_ORIGINS: 'http://localhost:5173' }).port).toBe(1234)
    expect(readArguments(['--kubeconfig', '--context', 'x'], { KUBECONFIG: '/k' })).toMatchObject({
      kubeconfig: '/k',
      context: 'x',
    })
  })

  it.each([
    [['--state', 'f', '--kubeconfig'], {}, /--state/],
    [['--context', 'x'], {}, /--context needs --kubeconfig/],
    [['--nothing'], {}, /--nothing/],
    [[], { PORT: 'x' }, /PORT/],
    // Browsers send none with a slash: the page would be refused, and nothing would say why.
    [[], { CORS_ORIGINS: 'http://localhost:5173/' }, /CORS_ORIGINS: http:\/\/localhost:5173\/ is no origin/],
    [[], { CORS_ORIGINS: '*' }, /CORS_ORIGINS/],
  ])('%j with %j is refused', (args, env, rule) => {
    expect(() => readArguments(args, env)).toThrow(UsageError)
    expect(() => readArguments(args, env)).toThrow(rule)
  })
})
