/** What functions see in Miniflare. */
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bundleFunctions } from '../../../../infra/bundle/bundle.ts'
import { miniflareOptions } from '../../../../infra/runtimes/miniflare.ts'
import { built } from '../../../built.ts'
import { FUNCTIONS, listen, projectedToken, see } from '../../fixtures/bindings.ts'
import { directoryWith, editionIn, temporaryDirectory } from '../../fixtures/build.ts'

const { settings } = built()
/** Bindings of a function without its own ones. */
const COMMON = settings.bindingsOf('other', ['gateway', 'other']).map(({ name }) => name)
const GATEWAY = settings.bindingsOf('gateway', ['gateway', 'other']).map(({ name }) => name)
/** What the gateway sees at first. */
const SEEN = {
  names: GATEWAY,
  issuer: 'https://issuer.example',
  origins: null,
  catalog: [{ name: 'gateway' }, { name: 'other' }],
  kube: [200, 'a cluster'],
  token: [200, 'first'],
  oidc: [200, 'a cluster'],
  outside: 'refused',
}

describe('Miniflare', () => {
  it('gives functions the same bindings', async () => {
    const [token, kube] = await Promise.all([projectedToken('first'), listen((_, r) => r.end('a cluster'))])
    const bundles = await bundleFunctions({
      edition: editionIn(await directoryWith(FUNCTIONS)),
      out: join(await temporaryDirectory(), 'functions'),
    })
    const options = await miniflareOptions({
      bundles,
      settings,
      kube: { url: `http://${kube}` },
      tokenDirectory: token.directory,
      env: { OIDC_ISSUER: 'https://issuer.example' },
    })
    const miniflare = new Miniflare({ ...options, host: '127.0.0.1', port: 0 })
    onTestFinished(() => miniflare.dispose())

    const seen = await see((await miniflare.ready).href, kube)
    expect(seen).toMatchObject(SEEN)
    const [, other] = seen.other as [number, string]
    expect(JSON.parse(other)).toMatchObject({ names: COMMON, outside: 'refused', other: null })
    await token.rotate('second')
    expect(await see((await miniflare.ready).href, kube)).toMatchObject({
      token: [200, 'second'],
      hidden: [404, 'Not Found'],
    })
  })
})
