import { expect, it } from 'vitest'
import { serve } from '../../../shared/server/serve.ts'
import { environment, FakeContext, FakeIssuer, signingKey } from '../fixtures/auth.ts'

const DISCOVERY = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }

/** A function with an API server that answers each request for its version as told. */
async function probed(answer: () => Response) {
  const asked: string[] = []
  const kube = {
    async fetch(input: Request | string) {
      const { pathname } = new URL(typeof input === 'string' ? input : input.url)
      asked.push(pathname)
      return pathname === '/version' ? answer() : Response.json({ metadata: {}, items: [] })
    },
  }
  const env = environment(new FakeIssuer([await signingKey('k1')]), kube, {})
  const probed = serve({ name: 'probed', routes: ['/list'], rbac: [] }, [
    {
      method: 'GET',
      path: '/list',
      public: true,
      handle: async ({ kube }) => Response.json(await kube.objects(DISCOVERY, 'org-acme').page({ limit: 1 })),
    },
  ])
  const get = async (path: string): Promise<Response> =>
    probed.fetch(new Request(`https://api.example${path}`), env, new FakeContext())
  return { asked, get }
}

it('asks the API server once for many probes', async () => {
  const { asked, get } = await probed(() => Response.json({ gitVersion: 'v1.36.3' }))
  const answers = await Promise.all(Array.from({ length: 100 }, () => get('/readyz')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(asked).toEqual(['/version'])
})

it('lets others go on when the API server throttles a probe', async () => {
  const { asked, get } = await probed(() => new Response('{}', { status: 429, headers: { 'Retry-After': '30' } }))
  const answers = await Promise.all(Array.from({ length: 100 }, () => get('/readyz')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  expect(asked).toEqual(['/version'])
  expect((await get('/list')).status).toBe(200)
})
