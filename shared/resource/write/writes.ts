/**
 * Everything that changes objects: a separate chunk, loaded with the first write.
 */
export { act } from './act.ts'
export { create } from './create.ts'
export { patch } from './patch.ts'
export { remove } from './remove.ts'
export { replace } from './replace.ts'
