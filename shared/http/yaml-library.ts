/**
 * The YAML library: a part of its own, loaded when a client first sends or wants YAML.
 * @module
 */
export { CORE_SCHEMA, DUMP_SCHEMA, dump, loadAll } from 'js-yaml'
