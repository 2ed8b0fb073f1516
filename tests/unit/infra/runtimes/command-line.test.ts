/** The flags of the single binary, and the kubeconfigs that it reads. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthorities } from '../../../../infra/runtimes/bun/authorities.ts'
import { clusterOfKubeconfig } from '../../../../infra/runtimes/bun/kubeconfig.ts'
import { parseOptions, USAGE } from '../../../../infra/runtimes/bun/options.ts'

describe('the flags', () => {
  it('have the defaults of a pod', () => {
    expect(parseOptions([])).toEqual({
      listen: '*:8080',
      metrics: undefined,
      only: undefined,
      check: false,
      token: undefined,
      workers: 1,
      worker: undefined,
      cluster: {
        address: new URL('https://kubernetes.default.svc'),
        serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
      },
    })
  })

  it.each([
    [['--bogus'], '--bogus'],
    [['extra'], 'extra'],
    [['--listen=8080'], '--listen must be HOST:PORT'],
    [['--listen=*:70000'], '--listen must be HOST:PORT'],
    [['--metrics=:9464'], '--metrics must be HOST:PORT'],
    [['--workers=-1'], '--workers must be a number from 1 to 999, or auto'],
    [['--workers=1.5'], '--workers must be a number from 1 to 999, or auto'],
    [['--workers=1000'], '--workers must be a number from 1 to 999, or auto'],
    [['--kube=http://kubernetes.default.svc'], '--kube must be an https URL (http only on loopback)'],
    [['--kube=https://user:secret@kubernetes.default.svc'], '--kube must be an https URL'],
    [['--token=a'], '--token requires --check'],
    [['--context=a'], '--context requires --kubeconfig'],
    [['--kubeconfig=a', '--kube=https://b'], '--kubeconfig cannot be combined with --kube or --service-account'],
    [['--kubeconfig=a', '--service-account=b'], '--kubeconfig cannot be combined with --kube or --service-account'],
  ])('reject %j', (args, reason) => {
    expect(() => parseOptions(args)).toThrow(reason)
  })

  it('set the number of workers', () => {
    const workersOf = (text: string) => parseOptions([`--workers=${text}`])
    expect(workersOf('4')).toMatchObject({ workers: 4 })
    for (const text of ['auto', '0']) expect(workersOf(text)).toMatchObject({ workers: availableParallelism() })
  })

  it('are all in the text of --help', () => {
    const flags = [...USAGE.matchAll(/^ {2}--([\w-]+)/gm)].map(([, flag = '']) => flag)
    const withValue = ['listen', 'metrics', 'kube', 'service-account', 'kubeconfig', 'context', 'function', 'workers']
    expect(flags).toEqual([...withValue, 'check', 'token', 'version', 'help'])
    expect(parseOptions(['--help', '--check'])).toEqual({ print: 'help' })
    expect(parseOptions(['--version'])).toEqual({ print: 'version' })
  })
})

describe('a kubeconfig', () => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kaphera-kubeconfig-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const authorities = () => createAuthorities({ file: undefined, directories: undefined, serviceAccount: undefined })
  const base64 = (text: string): string => Buffer.from(text).toString('base64')

  function open(cluster: object, user: object, context?: string, current: string | undefined = 'one') {
    const file = join(directory, 'config')
    const config = {
      ...(current !== undefined && { 'current-context': current }),
      contexts: [
        { name: 'one', context: { cluster: 'c', user: 'u' } },
        { name: 'two', context: { cluster: 'c', user: 'absent' } },
      ],
      clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443/k8s/clusters/c-1', ...cluster } }],
      users: [{ name: 'u', user }],
    }
    writeFileSync(file, JSON.stringify(config))
    return clusterOfKubeconfig(file, context, authorities())
  }

  it('gives address, authority and token', async () => {
    const cluster = await open({ 'certificate-authority-data': base64('authority') }, { token: 'secret' })
    expect(cluster.address.href).toBe('https://api.example:6443/k8s/clusters/c-1')
    expect([cluster.authorities(), cluster.token?.(), cluster.certificate]).toEqual([
      ['authority'],
      'secret',
      undefined,
    ])
  })

  it('may name files beside it, and reads a token again each time', async () => {
    writeFileSync(join(directory, 'ca.crt'), 'authority')
    writeFileSync(join(directory, 'token'), 'first')
    const cluster = await open({ 'certificate-authority': 'ca.crt' }, { tokenFile: 'token' })
    expect([cluster.authorities(), cluster.token?.()]).toEqual([['authority'], 'first'])
    writeFileSync(join(directory, 'token'), 'second')
    expect(cluster.token?.()).toBe('second')
  })

  it('may have a client certificate in place of a token', async () => {
    const user = { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') }
    const cluster = await open({}, user)
    expect([cluster.certificate, cluster.token]).toEqual([{ cert: 'cert', key: 'key' }, undefined])
  })

  it.each<[string, object, object, string | undefined, string]>([
    ['an unknown context', {}, {}, 'three', 'contexts has no "three"; it has one, two'],
    ['a context without a user', {}, {}, 'two', 'users has no "absent"; it has u'],
    ['no credentials', {}, {}, undefined, 'user must have token, tokenFile, or client-certificate and client-key'],
    ['half a certificate', {}, { 'client-key-data': 'YQ==' }, undefined, 'user must have token, tokenFile, or'],
    [
      'a program',
      {},
      { exec: { command: 'aws' } },
      undefined,
      'user.exec is not supported; use a ServiceAccount token',
    ],
    ['another identity', {}, { token: 'a', as: 'root' }, undefined, 'user.as is not supported'],
    ['no TLS checks', { 'insecure-skip-tls-verify': true }, {}, undefined, 'insecure-skip-tls-verify is not supported'],
    ['a proxy', { 'proxy-url': 'http://proxy' }, {}, undefined, 'cluster.proxy-url is not supported'],
    [
      'an authority that is not there',
      { 'certificate-authority': 'none.pem' },
      { token: 'a' },
      undefined,
      'certificate-authority cannot be read',
    ],
    ['plain HTTP', { server: 'http://api.example' }, {}, undefined, 'cluster.server must be an https URL'],
  ])('is rejected with %s', async (_, cluster, user, context, reason) => {
    await expect(open(cluster, user, context)).rejects.toThrow(reason)
  })

  it('is rejected without a current context, if none is asked for', async () => {
    const file = join(directory, 'config')
    writeFileSync(file, 'contexts: []')
    await expect(clusterOfKubeconfig(file, undefined, authorities())).rejects.toThrow('has no current-context')
    writeFileSync(file, '- a')
    await expect(clusterOfKubeconfig(file, undefined, authorities())).rejects.toThrow('is not a kubeconfig')
    await expect(clusterOfKubeconfig(join(directory, 'no'), undefined, authorities())).rejects.toThrow('cannot be read')
  })
})
