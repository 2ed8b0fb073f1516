/**
 * The discovery documents.
 * @see {@link https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api}
 */
import { apiVersionOf, type Kind } from './kind.ts'

const READ_VERBS = ['get', 'list', 'watch']
const VERBS = ['delete', 'get', 'list', 'patch', 'create', 'update', 'watch']

/** `/api`. */
export function apiVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  }
}

/** `/apis`. */
export function apiGroups(kinds: readonly Kind[]): object {
  const names = [...new Set(kinds.map(({ group }) => group).filter((group) => group !== ''))]
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => groupOf(kinds, name)) }
}

/**
 * `/apis/<group>`.
 * @returns undefined for an unknown group
 */
export function apiGroup(kinds: readonly Kind[], name: string): object | undefined {
  if (name === '' || !kinds.some(({ group }) => group === name)) return undefined
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(kinds, name) }
}

/**
 * `/api/v1` and `/apis/<group>/<version>`.
 * @returns undefined for an unknown group or version
 */
export function apiResources(kinds: readonly Kind[], group: string, version: string): object | undefined {
  const served = kinds.filter((kind) => kind.group === group && kind.version === version)
  const [first] = served
  if (first === undefined) return undefined
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(first),
    resources: served.flatMap(resourcesOf),
  }
}

function groupOf(kinds: readonly Kind[], name: string): { readonly name: string } & object {
  const versions = [...new Set(kinds.filter(({ group }) => group === name).map(({ version }) => version))].map(
    (version) => ({ groupVersion: `${name}/${version}`, version }),
  )
  return { name, versions, preferredVersion: versions[0] } as { readonly name: string } & object
}

function resourcesOf(kind: Kind): object[] {
  const { plural, singular, namespaced, shortNames, categories } = kind
  const subresource = (name: string, verbs: readonly string[], other?: object) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind: kind.kind,
    verbs,
    ...other,
  })
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind: kind.kind,
      verbs: kind.readOnly ? READ_VERBS : VERBS,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    },
    ...(kind.status ? [subresource('status', ['get', 'patch', 'update'])] : []),
    ...(kind.scale === undefined
      ? []
      : [subresource('scale', ['get', 'patch', 'update'], { group: 'autoscaling', version: 'v1', kind: 'Scale' })]),
  ]
}

/** `/version`. */
export const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+kaphera-local',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: '',
}
