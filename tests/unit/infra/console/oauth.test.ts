import { expect, it } from 'vitest'
import {
  authorizationUrl,
  codeOf,
  type Metadata,
  newAttempt,
  type SignIn,
} from '../../../../infra/examples/console/oauth.ts'

const metadata: Metadata = {
  issuer: 'https://id.example/realms/kaphera',
  authorization_endpoint: 'https://id.example/realms/kaphera/auth',
  token_endpoint: 'https://id.example/realms/kaphera/token',
  authorization_response_iss_parameter_supported: true,
}
const signIn: SignIn = {
  issuer: metadata.issuer,
  client: 'kaphera-console',
  scope: 'openid',
  audience: 'kaphera-cloud-server',
  redirectUri: 'https://console.example/console',
}

it('starts an attempt with the S256 challenge of its verifier (RFC 7636, appendix B)', async () => {
  const attempt = { state: 'S', verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', hash: '' }
  const { searchParams } = new URL(await authorizationUrl(metadata, signIn, attempt, true))
  expect(Object.fromEntries(searchParams)).toEqual({
    response_type: 'code',
    client_id: 'kaphera-console',
    redirect_uri: 'https://console.example/console',
    scope: 'openid',
    audience: 'kaphera-cloud-server',
    state: 'S',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    prompt: 'none',
  })
})

it('has a new state and a verifier of 256 bits in each attempt', () => {
  const [one, other] = [newAttempt(''), newAttempt('')]
  expect(one.state).not.toBe(other.state)
  expect(one.verifier).not.toBe(other.verifier)
  expect(one.verifier).toMatch(/^[\w-]{43}$/)
})

const pending = newAttempt('')
const iss = metadata.issuer

it('takes the code of its own attempt from its own issuer', () => {
  expect(codeOf(new URLSearchParams({ code: 'C', state: pending.state, iss }), pending, metadata)).toBe('C')
})

it.each([
  ['another state', { code: 'C', state: 'other', iss }, pending, 'invalid_state'],
  ['no attempt', { code: 'C', state: pending.state, iss }, undefined, 'invalid_state'],
  ['another issuer', { code: 'C', state: pending.state, iss: 'https://evil.example' }, pending, 'invalid_issuer'],
  ['no issuer, which it should name', { code: 'C', state: pending.state }, pending, 'invalid_issuer'],
  ['an error', { error: 'login_required', state: pending.state, iss }, pending, 'login_required'],
  ['no code', { state: pending.state, iss }, pending, 'invalid_answer'],
])('refuses an answer with %s', (_case, answer, attempt, code) => {
  expect(() => codeOf(new URLSearchParams(answer as Record<string, string>), attempt, metadata)).toThrow(
    expect.objectContaining({ code }),
  )
})
