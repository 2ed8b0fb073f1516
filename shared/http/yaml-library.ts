/**
 * The YAML library. It is loaded when a client first sends or wants YAML.
 */
export { CORE_SCHEMA, DUMP_SCHEMA, dump, loadAll, visit } from 'js-yaml'
