/**
 * The JSON Patch library: a part of its own, loaded when a client first sends or wants a JSON Patch.
 * @module
 */
export { applyOperation, compare, JsonPatchError } from 'fast-json-patch'
