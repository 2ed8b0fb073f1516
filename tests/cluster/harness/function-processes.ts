/**
 * Every function in a separate process, as with Knative: each under its own ServiceAccount with its own ClusterRole, the
 * gateway in front of all.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Build, buildAll } from '../../../infra/bundle/build.ts'
import { catalog } from '../../../infra/bundle/manifest.ts'
import { account, type Manifest } from '../../../infra/knative/objects.ts'
import { installedFunctions } from '../../../infra/knative/render.ts'
import { readValues } from '../../../infra/knative/values.ts'
import { AUDIENCE, demoSettings } from '../../../infra/local/issuer/identities.ts'
import { compileImage } from '../../../infra/runtimes/bun/compile.ts'
import { startBinary } from '../../../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../../../infra/runtimes/process.ts'
import type { PolicyRule } from '../../../shared/kind/policy-rules.ts'
import { startPathIngress } from '../../apart.ts'
import type { ApiServer } from './api-server.ts'
import { freePort } from './ports.ts'
import { projectDirectory } from './projected-token.ts'

/** Namespace of the ServiceAccounts. */
export const NAMESPACE = 'functions'

const COLLECTIONS: Readonly<Record<string, string>> = {
  ServiceAccount: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
}

/** A function and what its ServiceAccount may do. */
export interface Prepared {
  readonly name: string
  readonly rules: readonly PolicyRule[]
  /** Name of its ClusterRole. */
  readonly role: string
  /** A token of its ServiceAccount. */
  readonly token: string
  readonly port: number
  /** Starts its process; {@link Prepared.port} must be free. */
  start(): Promise<RunningServer>
}

/** All functions by name, and the build that they come from. */
export interface Preparation {
  readonly build: Build
  readonly functions: ReadonlyMap<string, Prepared>
}

/**
 * Builds the functions and installs their ServiceAccounts and rights.
 * @param issuer - URL of the issuer that they trust
 * @param directory - Takes what is built, and the tokens
 * @param env - Further settings of all functions
 */
export async function prepareFunctions(
  server: ApiServer,
  issuer: string,
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Preparation> {
  const build = await buildAll({ out: join(directory, 'dist') })
  const command = await compileImage(build, { out: join(directory, 'image') })
  const values = await readValues(
    [],
    [
      `namespace=${NAMESPACE}`,
      'image=none:1',
      'publicUrl=http://127.0.0.1',
      `oidc.issuer=${issuer}`,
      `oidc.audience=${AUDIENCE}`,
    ],
  )
  const installed = installedFunctions(build, values, [])
  const ports = new Map<string, number>()
  for (const { name } of installed) ports.set(name, await freePort())
  const ingress = await startPathIngress(catalog(build.bundles), (name) => ports.get(name))
  await server.admin.json('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } })
  mkdirSync(join(directory, 'tokens'))

  const functions = new Map<string, Prepared>()
  for (const { name, rbac, calls } of installed) {
    const objects = account(values, name, rbac)
    for (const object of objects) await server.admin.json('POST', COLLECTIONS[object.kind] ?? '', object)
    const token = await server.createToken(NAMESPACE, name)
    const { path } = projectDirectory(join(directory, 'tokens', name), {
      token,
      'ca.crt': readFileSync(server.certificates.caFile, 'utf8'),
      namespace: NAMESPACE,
    })
    const port = ports.get(name) as number
    functions.set(name, {
      name,
      token,
      port,
      rules: rbac,
      role: roleOf(objects),
      start: () =>
        startBinary({
          command,
          args: [`--function=${name}`],
          listen: `127.0.0.1:${port}`,
          kube: `https://${server.host}:${server.port}`,
          serviceAccount: path,
          env: {
            ...demoSettings(issuer),
            PUBLIC_URL: `http://127.0.0.1:${ports.get('gateway')}`,
            ...env,
            ...(calls.length > 0 && { FUNCTION_HOST: ingress.host }),
            SSL_CERT_FILE: server.certificates.caFile,
          },
        }),
    })
  }
  return { build, functions }
}

function roleOf(objects: readonly Manifest[]): string {
  return objects.find(({ kind }) => kind === 'ClusterRole')?.metadata.name ?? ''
}
