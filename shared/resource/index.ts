/**
 * The door of this module: `resource` makes a function of a kind. What a declaration can name stands beside it in
 * actions/, views/ and rules/, one file each: a file here that exported them all would carry the parts of every view into
 * the bundle of every function.
 * @module
 */
export type { Action, Locate, Resource, ResourceOptions, View, Writing } from './declaration.ts'
export { resource } from './resource.ts'
