/**
 * The public face of this folder: `resource` makes a function of a kind. Views, actions and rules are imported file by file,
 * because one index of them all would put every view into the bundle of every function.
 */
export type { Action, Declaration, Locate, Resource, View, Writing } from './declaration.ts'
export { resource } from './resource.ts'
