/**
 * What is special about organisations: the Organization object lives in the platform's namespace, and belongs to those
 * whose organisation it is.
 * @module
 */
import type { Access } from '../../auth/index.ts'
import { MAX_LIMIT } from '../../http/page-size.ts'
import { type FieldError, Problem } from '../../http/problem.ts'
import { canonical } from '../../kind/canonical.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import { platformNamespace } from '../../runtime/environment.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import { warn } from '../../server/warnings.ts'
import type { Locate, ResourceOptions, View, Writing } from '../declaration.ts'
import { covers, placeIn } from '../place.ts'
import { present } from '../present.ts'
import { answer, itemsSchema } from '../views/answer.ts'

/** Fields that say what the platform grants; the organisation itself cannot change them. */
const GRANTED = ['roles', 'namespace', 'parentRef', 'deploymentModes', 'quotas', 'suspended']

/** With a platform role every organisation, else one of the caller's own: any other is not there. */
const locate: Locate = async (call, resource, operation) => {
  const namespace = platformNamespace(call.env)
  const platform = call.authoriser.platform()
  const { name } = call.params
  // Who may create is decided by the parent that the object names, which is not read yet: see `check`.
  if (name === undefined && operation === 'create') return { namespace, access: UNDECIDED }
  if (name === undefined) {
    if (platform.role !== undefined) return { namespace, access: platform }
    const organizations = (await call.authoriser.organizations()).filter((access) =>
      access.allows('get', resource.plural),
    )
    const names = new Set(organizations.map((access) => access.name))
    return { namespace, access: platform, asFunction: true, shows: ({ metadata }) => names.has(metadata.name ?? '') }
  }
  if (platform.role !== undefined && platform.allows(operation, resource.plural)) return { namespace, access: platform }
  // Events lie in the platform's namespace with those of all others, where no role of the caller's is meant.
  return { namespace, access: await call.authoriser.organization(name), asFunction: operation === 'events' }
}

const UNDECIDED: Access = {
  role: undefined,
  allows: () => true,
  require: () => undefined,
  participantsFor: () => undefined,
}

/** Whether the caller acts for the organisation above. */
async function actsForParent(call: Call, spec: unknown, operation: string): Promise<boolean> {
  const parent = valueAt(spec, ['parentRef', 'name'])
  if (typeof parent !== 'string') return false
  const access = await call.authoriser.organization(parent).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'not_found') return undefined
    throw error
  })
  return access?.allows(operation, 'organizations') === true
}

async function check(wanted: JsonObject, { call, current }: Writing): Promise<FieldError[]> {
  const platform = call.authoriser.platform()
  if (current === undefined) {
    if (platform.allows('create', 'organizations') || (await actsForParent(call, wanted.spec, 'create'))) return []
    // Says why, also when only a scope is missing.
    platform.require('create', 'organizations')
  }
  const changed = GRANTED.filter(
    (field) => canonical(valueAt(wanted.spec, [field])) !== canonical(current?.spec?.[field]),
  )
  if (changed.length === 0 || platform.allows('patch', 'organizations')) return []
  if (await actsForParent(call, current?.spec, 'create')) return []
  throw new Problem('forbidden', 'What the platform grants to an organisation is not changed by the organisation.', {
    errors: changed.map((field) => ({
      pointer: `/spec/${field}`,
      detail: 'can be changed by the platform and by administrators of the parent organisation only',
    })),
  })
}

async function guard(current: KubeObject, wanted: JsonObject | undefined): Promise<undefined> {
  if (wanted !== undefined || current.spec?.deletionProtection === false) return
  throw new Problem('deletion_protected', 'Set spec.deletionProtection to false first.')
}

/** What makes the collection of organisations what it is. */
export const ORGANIZATIONS = { locate, check, guard } as const satisfies ResourceOptions

/** The members of an organisation, which live in its namespace. */
export const members: View = {
  summary: 'Who has which role in the organisation',
  async show(call, _place, object) {
    const plural = 'organizationmembers'
    const { group = '', version = '' } = KINDS[plural] ?? {}
    const organization = await call.authoriser.organization(object.metadata.name ?? '')
    organization.require('list', plural)
    const place = placeIn(organization, 'list', plural)
    const collection = { group, version, plural, namespace: place.namespace }
    const page = await call.kube.page<KubeObject>(collection, { limit: MAX_LIMIT })
    const items = page.items
      .filter((member) => covers(place, { plural }, member, false))
      .map((member) => present(member))
    const rest = `/v1/organizations/${organization.name}/${plural}`
    if (page.metadata.continue) warn(call, `These are not all members; GET ${rest} has all of them, in pages`)
    return answer(call, { items, complete: !page.metadata.continue })
  },
  document: itemsSchema({ type: 'object', additionalProperties: true }),
  // An organisation has its namespace some time after it is created.
  problems: [409],
}
