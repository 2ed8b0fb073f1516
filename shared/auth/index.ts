/**
 * The one auth module: token -> Principal, Principal -> what it may do.
 * @module
 */
export type { Access } from './access.ts'
export { authenticate } from './authenticate.ts'
export { type Authoriser, createAuthoriser, type OrganizationAccess } from './authoriser.ts'
export { publicOrigin, resourceMetadataUrl } from './challenge.ts'
export { configurationProblem } from './configuration.ts'
export { directoryOf, ORGANIZATION_LABEL, type Organization } from './directory.ts'
export { protectedResourceMetadata, type SignIn, signIn } from './metadata.ts'
export { isRead, permissionsOf } from './permissions.ts'
export type { Principal } from './principal.ts'
export { issuerReadiness } from './readiness.ts'
