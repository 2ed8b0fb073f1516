/**
 * Authentication and authorization: from a token to a principal, and from a principal to its access.
 */
export type { Access } from './access.ts'
export { type Authorizer, createAuthorizer, type OrganizationAccess } from './authorizer.ts'
export { configurationErrors } from './configuration.ts'
export { directoryOf } from './directory.ts'
export { comparableEmail } from './email.ts'
export { outlasts } from './members.ts'
export { protectedResourceMetadata, type SignIn, signIn } from './metadata.ts'
export { type Labels, ORGANIZATION_LABEL } from './organization.ts'
export { permissionsOf } from './permissions.ts'
export { ALL_ORGANIZATIONS_RULES, ORGANIZATION_RULES } from './rights.ts'
export { scopeFor } from './scopes.ts'
export { MEMBERS, ORGANIZATIONS } from './tenancy.ts'
export { authenticate } from './token/authenticate.ts'
export { insufficientScope, publicOrigin, resourceMetadataUrl } from './token/challenge.ts'
export type { Principal } from './token/principal.ts'
export { issuerReadiness } from './token/readiness.ts'
