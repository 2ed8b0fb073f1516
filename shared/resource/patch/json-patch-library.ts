/**
 * The JSON Patch library: a separate chunk, loaded when a client first sends or requests a JSON Patch.
 */
export { applyOperation, compare, JsonPatchError, validator } from 'fast-json-patch'
