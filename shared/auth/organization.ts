/**
 * Organizations, as far as they decide about access.
 */
import type { KubeObject } from '../kind/object.ts'
import { isLabel } from '../kube/index.ts'
import type { OrganizationSpec, OrganizationStatus } from '../schemas/organizations.ts'
import { type Members, NOBODY } from './members.ts'

/** Label of a namespace that names its organization. */
export const ORGANIZATION_LABEL = 'cloud.kaphera.com/organization'

/** Labels of a namespace. */
export type Labels = Readonly<Record<string, string>>

/** An Organization object as it is stored. */
export type OrganizationObject = KubeObject & { spec?: OrganizationSpec; status?: OrganizationStatus }

/** The cached part of an Organization object. */
export interface Organization {
  readonly name: string
  readonly displayName: string
  /** Name of the parent organization. */
  readonly parent: string | undefined
  readonly suspended: boolean
  /** Alias in Keycloak (default: the name). */
  readonly alias: string
  /** Identifier in Keycloak. */
  readonly id: string | undefined
  /** The namespace that it claims; `undefined` if no organization may have that namespace. */
  readonly claimed: string | undefined
}

/** An organization with everything that decides about access to it. */
export interface Entry extends Organization {
  /** The namespace, if its label names the organization. */
  readonly namespace: string | undefined
  /** Labels of the namespace; none without one. */
  readonly labels: Labels
  /** At least the members that can name the caller. */
  readonly members: Members
}

/**
 * The cached part of an Organization object.
 * @param platform - The namespace of the platform
 */
export function organizationOf(name: string, object: OrganizationObject, platform: string): Organization {
  const { spec } = object
  return {
    name,
    displayName: spec?.displayName ?? name,
    parent: spec?.parentRef?.name,
    suspended: spec?.suspended === true,
    alias: spec?.identityProvider?.keycloakOrganizationAlias ?? name,
    id: spec?.identityProvider?.keycloakOrganizationId,
    claimed: namespaceOf(name, object, platform),
  }
}

/**
 * The namespace that an organization claims, or would claim if it existed.
 * @returns `undefined` if organizations cannot have it
 */
export function namespaceOf(
  name: string,
  object: OrganizationObject | undefined,
  platform: string,
): string | undefined {
  const namespace = object?.spec?.namespace ?? object?.status?.namespace ?? `org-${name}`
  const isReserved = namespace.startsWith('kube-') || namespace === 'default' || namespace === platform
  return isLabel(namespace) && !isReserved ? namespace : undefined
}

/**
 * An organization with its namespace and members.
 * @param labels - Labels of the claimed namespace, if it exists. One of them has to name the organization: an Organization object alone
 *   gives access to nothing
 * @param members - Members in the claimed namespace
 */
export function entryOf(organization: Organization, labels: Labels = {}, members: Members = NOBODY): Entry {
  const isOwn = labels[ORGANIZATION_LABEL] === organization.name
  return {
    ...organization,
    namespace: isOwn ? organization.claimed : undefined,
    labels: isOwn ? labels : {},
    members: isOwn ? members : NOBODY,
  }
}

/** Organizations in the order of their names. */
export function sortedByName(entries: Iterable<Entry>): readonly Entry[] {
  return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))
}
