import { describe, expect, it } from 'vitest'
import { type Configuration, configurationErrors, configurationOf } from '../../../shared/auth/configuration.ts'
import { protectedResourceMetadata, signIn } from '../../../shared/auth/metadata.ts'
import { ALGORITHMS } from '../../../shared/auth/policy.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { AUDIENCE, environment, FakeIssuer, ISSUER } from '../fixtures/auth.ts'

const PARTNER = 'https://partner.example/'

function env(settings: Partial<Environment> = {}, policy: object = {}): Environment {
  return environment(new FakeIssuer([]), undefined, { AUTH_POLICY: JSON.stringify(policy), ...settings })
}

function issuersOf(settings: Partial<Environment>, policy: object = {}): unknown[] {
  const { issuers }: Configuration = configurationOf(env(settings, policy))
  return [...issuers.values()]
}

/** The first issuer without any settings. */
const PLAIN = {
  issuer: ISSUER,
  audiences: [AUDIENCE],
  discoveryUrl: `${ISSUER}/.well-known/openid-configuration`,
  jwksUrl: undefined,
  clients: undefined,
  algorithms: ALGORITHMS,
  profiles: ['keycloak', 'rfc9068'],
  isPrimary: true,
}

describe('the trusted issuers', () => {
  it('are OIDC_ISSUER without a policy', () => {
    expect(issuersOf({})).toEqual([PLAIN])
    expect(issuersOf({ OIDC_ISSUER: ` ${ISSUER} `, OIDC_DISCOVERY_URL: ' ', OIDC_JWKS_URL: '' })).toEqual([PLAIN])
  })

  it('have the addresses and audiences of the settings', () => {
    const settings = {
      OIDC_AUDIENCE: ' a  b\tc ',
      OIDC_DISCOVERY_URL: ' http://keycloak.id.svc/discovery ',
      OIDC_JWKS_URL: 'http://keycloak.id.svc/certs',
    }
    expect(issuersOf(settings)).toEqual([
      {
        ...PLAIN,
        audiences: ['a', 'b', 'c'],
        discoveryUrl: 'http://keycloak.id.svc/discovery',
        jwksUrl: 'http://keycloak.id.svc/certs',
      },
    ])
  })

  it('are OIDC_ISSUER and those of the policy, each with its own settings', () => {
    const partner = {
      issuer: PARTNER,
      audience: 'x',
      jwksUrl: 'https://keys.example',
      clients: ['cli'],
      algorithms: ['ES256'],
      profiles: ['rfc9068'],
    }
    const { audience: _, ...own } = partner
    expect(issuersOf({ OIDC_JWKS_URL: 'https://own.example' }, { issuers: [partner] })).toEqual([
      { ...PLAIN, jwksUrl: 'https://own.example' },
      {
        ...own,
        audiences: ['x'],
        discoveryUrl: 'https://partner.example/.well-known/openid-configuration',
        isPrimary: false,
      },
    ])
  })

  it('are in the order of the policy if it lists OIDC_ISSUER, whose entry overrides the settings', () => {
    const policy = { issuers: [{ issuer: PARTNER }, { issuer: ISSUER, jwksUrl: 'https://new.example' }] }
    const settings = { OIDC_JWKS_URL: 'https://old.example', OIDC_DISCOVERY_URL: 'https://discovery.example' }
    expect(issuersOf(settings, policy)).toMatchObject([
      { issuer: PARTNER, jwksUrl: undefined, isPrimary: false },
      { issuer: ISSUER, jwksUrl: 'https://new.example', discoveryUrl: 'https://discovery.example', isPrimary: true },
    ])
    expect(issuersOf(settings, { issuers: [{ issuer: ISSUER }] })).toMatchObject([{ jwksUrl: 'https://old.example' }])
  })
})

describe('a setting', () => {
  it.each<[Partial<Environment>, string[]]>([
    [{ OIDC_ISSUER: '' }, ['OIDC_ISSUER is not set']],
    [{ OIDC_ISSUER: ' ' }, ['OIDC_ISSUER is not set']],
    [{ OIDC_AUDIENCE: '' }, ['OIDC_AUDIENCE is not set']],
    [{ OIDC_ISSUER: 'http://id.example' }, ['OIDC_ISSUER must be an https URL (http only on loopback)']],
    [
      { OIDC_JWKS_URL: 'http://id.example' },
      ['OIDC_JWKS_URL must be an https URL (http only within the cluster or on loopback)'],
    ],
    [
      { OIDC_DISCOVERY_URL: 'id', OIDC_JWKS_URL: 'id' },
      [
        'OIDC_DISCOVERY_URL must be an https URL (http only within the cluster or on loopback)',
        'OIDC_JWKS_URL must be an https URL (http only within the cluster or on loopback)',
      ],
    ],
    [{ PLATFORM_NAMESPACE: 'a.b' }, [expect.stringMatching(/^PLATFORM_NAMESPACE must be a lower-case RFC 1123 label/)]],
    [{ KUBE_IDENTITY: 'admin' }, [expect.stringMatching(/^KUBE_IDENTITY must be one of/)]],
    [{ KUBE_TIMEOUT_MS: 'soon' }, [expect.stringMatching(/^KUBE_TIMEOUT_MS /)]],
  ])('that is not valid is named: %j', (settings, errors) => {
    expect(configurationErrors(env(settings))).toEqual(errors)
  })

  it('that is not valid keeps the server from answering, and only its log says which', () => {
    expect(() => configurationOf(env({ OIDC_ISSUER: '', OIDC_AUDIENCE: '' }))).toThrow(
      expect.objectContaining({
        code: 'not_configured',
        detail: 'A setting of this server is missing or not valid; its log names the setting.',
        headers: { 'Retry-After': '60' },
        cause: new TypeError('OIDC_ISSUER is not set; OIDC_AUDIENCE is not set'),
      }),
    )
  })

  it('may not contradict another one', () => {
    const prefix = 'AUTH_POLICY is not valid:'
    const partner = { issuer: PARTNER }
    expect(configurationErrors(env({}, { issuers: [partner, partner] }))).toEqual([
      `${prefix} issuers names ${PARTNER} twice`,
    ])
    const stranger = { issuer: 'https://stranger.example', claim: 'c', value: 'v' }
    const untrusted = [`${prefix} a rule names the issuer https://stranger.example, which is not trusted`]
    const platformRoles = [{ ...stranger, role: 'platform-admin' }]
    const organizationRoles = [{ ...stranger, organization: 'acme', role: 'admin' }]
    expect(configurationErrors(env({}, { platformRoles }))).toEqual(untrusted)
    expect(configurationErrors(env({}, { organizationRoles }))).toEqual(untrusted)
    const issuers = [{ issuer: stranger.issuer }]
    expect(configurationErrors(env({}, { issuers, platformRoles, organizationRoles }))).toEqual([])
  })
})

describe('what clients learn about signing in', () => {
  it('is the metadata of RFC 9728', () => {
    expect(protectedResourceMetadata(env(), 'https://api.example')).toEqual({
      resource: 'https://api.example',
      resource_name: 'Kaphera Cloud Server',
      authorization_servers: [ISSUER],
      scopes_supported: ['kaphera-cloud:read', 'kaphera-cloud:write', 'kaphera-cloud:admin'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ALGORITHMS,
      dpop_bound_access_tokens_required: false,
    })
    expect(
      protectedResourceMetadata(env({}, { dpop: 'required' }), 'https://api.example').dpop_bound_access_tokens_required,
    ).toBe(true)
  })

  it('is about OIDC_ISSUER, its first audience, and the clients that are set', () => {
    const policy = { issuers: [{ issuer: PARTNER }, { issuer: ISSUER }] }
    expect(signIn(env({ OIDC_AUDIENCE: 'a b', OIDC_SCOPES: ' ' }, policy))).toEqual({
      issuer: ISSUER,
      audience: 'a',
      clients: {},
      scope: 'openid',
      deviceFlow: false,
    })
    expect(signIn(env({ OIDC_CLI_CLIENT_ID: 'cli', OIDC_CONSOLE_CLIENT_ID: '', OIDC_SCOPES: ' a b ' }))).toMatchObject({
      clients: { cli: 'cli' },
      scope: 'a b',
      deviceFlow: true,
    })
    expect(signIn(env({ OIDC_CONSOLE_CLIENT_ID: 'console' }))).toMatchObject({
      clients: { console: 'console' },
      deviceFlow: false,
    })
  })
})
