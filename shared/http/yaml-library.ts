/**
 * The YAML library. It is loaded when a client first sends or wants YAML.
 */
export { CORE_SCHEMA, constructFromEvents, DUMP_SCHEMA, dump, loadAll, parseEvents, visit } from 'js-yaml'
