/**
 * The rules of organizations. Organization objects are in the platform's namespace, and access to one follows from the
 * caller's role in that organization.
 */
import { type Access, ORGANIZATIONS as KIND, type OrganizationAccess } from '../../auth/index.ts'
import { isProblem, Problem } from '../../http/problem.ts'
import { canonical } from '../../kind/canonical.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { isOperation, verb, view } from '../../kind/operation.ts'
import { valueAt } from '../../kind/paths.ts'
import { platformNamespace } from '../../runtime/environment.ts'
import type { Call } from '../../server/call.ts'
import { type Bounds, Collection } from '../collection.ts'
import type { Declaration, Locate, Writing } from '../declaration.ts'

/** Fields that only the platform and the parent organization can change. */
const GRANTED = ['roles', 'namespace', 'identityProvider', 'parentRef', 'deploymentModes', 'quotas', 'suspended']

const CREATE = verb('create')

/** Callers with a platform role see all organizations, others those in which they have a role. */
const locate: Locate = async (call, resource, operation) => {
  const within = (bounds: Omit<Bounds, 'namespace'>) =>
    new Collection(call, resource, { namespace: platformNamespace(call.env), ...bounds })
  const platform = call.authorizer.platform()
  const { name } = call.params
  // The parent that the object names decides on who may create it: see `authorize`.
  if (name === undefined && isOperation(operation, CREATE)) return within({ access: platform, isUndecided: true })
  if (name === undefined) {
    if (platform.role !== undefined) return within({ access: platform })
    const organizations = (await call.authorizer.organizations()).filter((access) =>
      access.allows(verb('get'), resource.plural),
    )
    const names = new Set(organizations.map((access) => access.name))
    return within({ access: platform, asFunction: true, shows: ({ metadata }) => names.has(metadata.name ?? '') })
  }
  if (platform.role !== undefined && platform.allows(operation, resource.plural)) return within({ access: platform })
  // Events of all organizations are in the platform's namespace, where the caller has no role.
  return within({
    access: await call.authorizer.organization(name),
    asFunction: isOperation(operation, view('events')),
  })
}

/** The caller's access in the parent organization, if it may create organizations there. */
async function accessToParent(call: Call, spec: unknown): Promise<OrganizationAccess | undefined> {
  const parent = valueAt(spec, ['parentRef', 'name'])
  if (typeof parent !== 'string') return undefined
  const access = await call.authorizer.organization(parent).catch((error: unknown) => {
    if (isProblem(error, 'not_found')) return undefined
    throw error
  })
  return access?.allows(CREATE, KIND.plural) ? access : undefined
}

/** The platform and admins of the parent organization create organizations, and change what is granted to them. */
async function authorize(wanted: JsonObject | undefined, writing: Writing): Promise<Access | undefined> {
  if (wanted === undefined) return undefined
  const { collection, current } = writing
  const { call } = collection
  const platform = call.authorizer.platform()
  if (current === undefined) {
    if (platform.allows(CREATE, KIND.plural)) return platform
    const access = await accessToParent(call, wanted.spec)
    if (access !== undefined) await refuseIfBeyond(access.name, wanted, collection, GRANTED)
    // Never the access of the collection: a role in an organization that was just deleted must not create it again.
    return access ?? platform
  }
  const changed = GRANTED.filter(
    (field) => canonical(valueAt(wanted.spec, [field])) !== canonical(current.spec?.[field]),
  )
  if (changed.length === 0 || platform.allows(verb('patch'), KIND.plural)) return undefined
  const access = await accessToParent(call, current.spec)
  if (access !== undefined) return refuseIfBeyond(access.name, wanted, collection, changed)
  throw new Problem(
    'forbidden',
    'Only the platform and admins of the parent organization can change what is granted to an organization.',
    {
      errors: changed.map((field) => ({
        pointer: `/spec/${field}`,
        detail: 'can be changed only by the platform and by admins of the parent organization',
      })),
    },
  )
}

/** Refuses to grant more than the parent has. @throws {Problem} `forbidden` with the fields */
async function refuseIfBeyond(
  parent: string,
  { metadata, spec }: JsonObject,
  collection: Writing['collection'],
  fields: readonly string[],
): Promise<undefined> {
  const granted = await collection.with({ asFunction: true }).unfiltered.get(parent)
  const name = String(valueAt(metadata, ['name']))
  const { beyondParent } = await import('./granted.ts')
  const errors =
    granted === undefined
      ? [{ pointer: '/spec/parentRef/name', detail: 'does not exist' }]
      : beyondParent(name, spec, granted.spec ?? {}, fields)
  if (errors.length === 0) return
  throw new Problem('forbidden', 'An organization cannot be granted more than its parent has.', { errors })
}

/** Refuses to delete an organization that is protected, which is the default. */
async function guard(current: KubeObject, wanted: JsonObject | undefined): Promise<undefined> {
  if (wanted !== undefined || current.spec?.deletionProtection === false) return
  throw new Problem(
    'deletion_protected',
    'The organization is protected from deletion. Set spec.deletionProtection to false first.',
  )
}

/** The rules of organizations, for their declaration. */
export const ORGANIZATIONS = { locate, authorize, guard } as const satisfies Declaration
