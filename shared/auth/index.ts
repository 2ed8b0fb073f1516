/**
 * The one auth module: token -> Principal, Principal -> what it may do.
 * @module
 */
export type { Access } from './access.ts'
export { authenticate } from './authenticate.ts'
export { type Authoriser, type ClusterStanding, createAuthoriser, type OrganizationAccess } from './authoriser.ts'
export { publicOrigin } from './challenge.ts'
export { configurationProblem } from './configuration.ts'
export type { Organization } from './directory.ts'
export { type ProtectedResourceMetadata, protectedResourceMetadata, type SignIn, signIn } from './metadata.ts'
export { isRead, type KindOperations, leastFor, permissionsOf, permissionTable, scopeLevelOf } from './permissions.ts'
export type { Principal } from './principal.ts'
export { type IssuerReadiness, issuerReadiness } from './readiness.ts'
export type { OrganizationRole, PlatformRole, Role } from './roles.ts'
export type { Scopes } from './scopes.ts'
