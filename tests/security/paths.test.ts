import { describe, expect, onTestFinished, test } from 'vitest'
import { buildRequest, type KubeRequest } from '../../shared/kube/request-factory.ts'
import { WHOLE } from '../whole.ts'

const NAMES = WHOLE ? 1_000_000 : 100_000
/** Known pieces of path traversal (separators, dots, their escapes, ends of paths), and pieces of names. */
const PIECES = [
  ...[
    '/',
    '\\',
    '.',
    '..',
    '//',
    '#',
    '?',
    ';',
    '%',
    '%2f',
    '%2F',
    '%5c',
    '%2e',
    '%252f',
    '%252e%252e',
    '%23',
    '%3f',
    '%00',
  ],
  ...[
    '\0',
    '\n',
    '\t',
    ' ',
    '@',
    ':',
    '*',
    '-',
    '_',
    'secrets',
    'kube-system',
    'status',
    'a',
    'z9',
    'A',
    'é',
    '．',
    '／',
    '\u202e',
  ],
]
const KIND = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' } as const
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Returns the same numbers in every run (a linear congruential generator, Numerical Recipes). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('CVE-2022-3162, CVE-2019-11247, CVE-2026-122310: paths of requests to the cluster', () => {
  test(`are the intended ones or none, for ${NAMES} hostile names`, { timeout: 240_000 }, async () => {
    // Nearly all names are refused by an error, and its stack takes as long as the check itself.
    const { stackTraceLimit } = Error
    onTestFinished(() => void Object.assign(Error, { stackTraceLimit }))
    Error.stackTraceLimit = 0
    const next = numbers(20_261_124)
    const hostile = (): string => Array.from({ length: 1 + next(4) }, () => PIECES[next(PIECES.length)]).join('')
    const verbs = ['get', 'patch', 'delete'] as const
    let [passed, refused] = [0, 0]
    for (let round = 0; round < NAMES; round += 1) {
      const [namespace, name] = next(2) === 0 ? ['org-acme', hostile()] : [hostile(), 'edc']
      const request: KubeRequest = { ...KIND, verb: verbs[round % 3] ?? 'get', namespace, name }
      const isAllowed = LABEL.test(namespace) && SUBDOMAIN.test(name)
      const built = await buildRequest(request).catch((error: unknown) => error)
      if (isAllowed) {
        const expected = `/apis/edc.kaphera.com/v1alpha1/namespaces/${namespace}/connectors/${name}`
        if (built instanceof Error || (built as { url: URL }).url.pathname !== expected) expect(built).toBe(expected)
        passed += 1
      } else {
        if (!(built instanceof TypeError)) expect.fail(`${JSON.stringify([namespace, name])} led to a request`)
        refused += 1
      }
    }
    expect(passed).toBeGreaterThan(NAMES / 1000)
    expect(refused).toBeGreaterThan(NAMES / 2)
  })

  test.each(['', '..', 'connectors/../secrets', 'Connectors'])('exist for no kind %j', async (plural) => {
    await expect(buildRequest({ ...KIND, plural, verb: 'list', namespace: 'org-acme' })).rejects.toThrow(TypeError)
  })

  test('never name a whole collection for a change of one object', async () => {
    for (const verb of ['patch', 'delete'] as const) {
      await expect(buildRequest({ ...KIND, verb, namespace: 'org-acme' })).rejects.toThrow('needs a name')
    }
  })
})
