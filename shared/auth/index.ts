/**
 * The one auth module: token -> Principal, Principal -> what it may do.
 * @module
 */
export type { Access } from './access.ts'
export { type Authoriser, createAuthoriser, type OrganizationAccess } from './authoriser.ts'
export { configurationProblem } from './configuration.ts'
export { directoryOf, ORGANIZATION_LABEL } from './directory.ts'
export { protectedResourceMetadata, type SignIn, signIn } from './metadata.ts'
export { isRead, permissionsOf } from './permissions.ts'
export { ALL_ORGANIZATIONS_RULES, ORGANIZATION_RULES } from './rights.ts'
export { authenticate } from './token/authenticate.ts'
export { publicOrigin, resourceMetadataUrl } from './token/challenge.ts'
export type { Principal } from './token/principal.ts'
export { issuerReadiness } from './token/readiness.ts'
