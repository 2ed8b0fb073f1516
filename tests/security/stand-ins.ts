/**
 * The surroundings of a server under test or load: an API server and an issuer that answer from memory.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Running stand-ins. */
export interface StandIns {
  /** `host:port` of the API server. */
  readonly kube: string
  readonly issuer: string
  readonly audience: string
  /** A token of a viewer of the organization `acme`. */
  readonly token: string
  /** A token of any subject. */
  tokenOf(subject: string): Promise<string>
  close(): void
}

const AUDIENCE = 'kaphera-cloud-server'

/** Answers a request to the API server, or returns `false` to leave it to the default. */
export type KubeHandler = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>

/**
 * Starts both.
 * @param count - Connectors in the organization `acme`
 * @param handle - Answers first
 * @param roles - Roles in `acme` by subject
 * @param tls - Key and certificate of the API server, which then speaks HTTP/2 and HTTP/1.1 (default: plain HTTP/1.1)
 */
export async function startStandIns(
  count: number,
  handle?: KubeHandler,
  roles: Readonly<Record<string, string>> = { bench: 'viewer' },
  tls?: { readonly key: string; readonly cert: string },
): Promise<StandIns> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }
  const issuerServer = await listen((path, base) =>
    path.endsWith('/openid-configuration') ? { issuer: base, jwks_uri: `${base}/certs` } : { keys: [jwk] },
  )
  const issuer = issuerServer.base
  const kubeServer = await listen(kubeAnswers(count, roles), handle, tls)
  const tokenOf = (subject: string): Promise<string> =>
    new SignJWT({ typ: 'Bearer', azp: 'bench', preferred_username: subject, scope: 'openid' })
      .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
  return {
    kube: new URL(kubeServer.base).host,
    issuer,
    audience: AUDIENCE,
    token: await tokenOf('bench'),
    tokenOf,
    close() {
      for (const { close } of [issuerServer, kubeServer]) close()
    },
  }
}

async function listen(
  answer: (path: string, base: string) => unknown,
  handle?: KubeHandler,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ close(): void; base: string }> {
  let base = ''
  const sockets = new Set<Socket>()
  const onRequest: RequestListener = async (request, response) => {
    if ((await handle?.(request, response)) === true) return
    const body = answer(request.url ?? '', base)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'application/json' })
    response.end(text ?? '{"kind":"Status","status":"Failure","code":404,"details":{"name":"x"}}')
  }
  // Its requests and responses have the interface of those of HTTP/1.1.
  const secure = tls && createSecureServer({ ...tls, allowHTTP1: true, maxSessionMemory: 1_000 }, onRequest as never)
  const server = secure ?? createServer({ keepAliveTimeout: 60_000 }, onRequest)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    base,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** The paths that a list or a get in one organization requests. */
function kubeAnswers(count: number, roles: Readonly<Record<string, string>>): (path: string) => unknown {
  const namespace = 'org-acme'
  const connectors = Array.from({ length: count }, (_, index) => connector(index, namespace))
  const pages = new Map<string, string>()
  const organization = {
    apiVersion: 'cloud.kaphera.com/v1alpha1',
    kind: 'Organization',
    metadata: { name: 'acme', namespace: 'kaphera-system', uid: 'o', resourceVersion: '1' },
    spec: { displayName: 'Acme' },
    status: { namespace },
  }
  const namespaceObject = {
    metadata: { name: namespace, uid: 'n', labels: { 'cloud.kaphera.com/organization': 'acme' } },
  }
  const members = Object.entries(roles).map(([id, role]) => ({
    apiVersion: 'cloud.kaphera.com/v1alpha1',
    kind: 'OrganizationMember',
    metadata: { name: id, namespace, uid: `m-${id}`, resourceVersion: '1' },
    spec: { subject: { kind: 'User', id }, role },
  }))
  return (path) => {
    const url = new URL(path, 'http://kube')
    if (url.pathname.endsWith('/organizations/acme')) return organization
    if (url.pathname.endsWith('/organizations')) return { metadata: {}, items: [organization] }
    if (url.pathname.endsWith('/organizationmembers')) return { metadata: {}, items: members }
    if (url.pathname === '/api/v1/namespaces') return { metadata: {}, items: [namespaceObject] }
    if (url.pathname === `/api/v1/namespaces/${namespace}`) return namespaceObject
    if (url.pathname.endsWith('/connectors')) {
      const limit = Number(url.searchParams.get('limit') ?? count)
      const key = String(limit)
      const known = pages.get(key)
      if (known !== undefined) return known
      const items = connectors.slice(0, limit)
      const text = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConnectorList',
        metadata: { resourceVersion: '1' },
        items,
      })
      pages.set(key, text)
      return text
    }
    return connectors.find(({ metadata }) => url.pathname.endsWith(`/connectors/${metadata.name}`))
  }
}

/** A connector of about 2 KB. */
function connector(index: number, namespace: string) {
  return {
    apiVersion: 'edc.kaphera.com/v1alpha1',
    kind: 'Connector',
    metadata: {
      name: `edc-${index}`,
      namespace,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(index + 1),
      generation: 1,
      creationTimestamp: '2026-11-01T00:00:00Z',
      labels: { 'cloud.kaphera.com/organization': 'acme' },
      managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': { 'f:version': {} } } }],
    },
    spec: {
      version: '0.11.0',
      participantRef: { name: 'acme' },
      vaultRef: { name: 'vault' },
      identityHubRef: { name: 'hub' },
      config: Object.fromEntries(Array.from({ length: 16 }, (_, key) => [`edc.setting.${key}`, 'value '.repeat(8)])),
    },
    status: {
      observedGeneration: 1,
      phase: 'Ready',
      conditions: ['Ready', 'VaultReady', 'DatabaseReady', 'IdentityReady'].map((type) => ({
        type,
        status: 'True',
        reason: 'AsExpected',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-01T00:00:00Z',
      })),
      endpoints: [{ name: 'protocol', url: `https://edc-${index}.acme.example/api/v1/dsp`, exposure: 'Ingress' }],
    },
  }
}
