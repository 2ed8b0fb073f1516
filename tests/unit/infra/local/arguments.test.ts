import { describe, expect, it } from 'vitest'
import { SELF_HOSTED } from '../../../../infra/bundle/edition.ts'
import { readArguments, UsageError } from '../../../../infra/local/arguments.ts'

describe('the command line of npm start', () => {
  it('has defaults for everything', () => {
    expect(readArguments([], {})).toEqual({
      port: 8787,
      state: undefined,
      context: undefined,
      kubeconfig: undefined,
      edition: SELF_HOSTED,
    })
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
    [['--crds', 'infra/crds'], {}, /need --edition/],
    [[], { PORT: 'x' }, /PORT/],
    // Browsers send no trailing slash, so such an origin would never match.
    [[], { CORS_ORIGINS: 'http://localhost:5173/' }, /CORS_ORIGINS: http:\/\/localhost:5173\/ is not an origin/],
    [[], { CORS_ORIGINS: '*' }, /CORS_ORIGINS/],
    [['--state', '/absent/file'], {}, /--state \/absent\/file: its directory does not exist/],
    [[], { RATE_LIMIT: '600' }, /RATE_LIMIT must be requests\/seconds/],
    [[], { AUTH_POLICY: '{' }, /AUTH_POLICY is not JSON/],
    [[], { OIDC_ISSUER: 'https://id.example.com' }, /OIDC_AUDIENCE is not set/],
    [[], { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, /OTEL_EXPORTER_OTLP_ENDPOINT/],
  ])('refuses %j with %j', (args, env, rule) => {
    expect(() => readArguments(args, env)).toThrow(UsageError)
    expect(() => readArguments(args, env)).toThrow(rule)
  })
})
