/**
 * Everything that changes objects: a part of its own, loaded with the first write, since most starts are for reading.
 * @module
 */
export { act } from './act.ts'
export { create } from './create.ts'
export { patch } from './patch.ts'
export { remove } from './remove.ts'
export { replace } from './replace.ts'
