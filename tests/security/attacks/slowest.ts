import type { Shape } from './shape.ts'

/** The slowest shapes that were found, by parser. Every hunt starts with them. */
export const SLOWEST: Readonly<Record<string, readonly Shape[]>> = {
  JSON: [{ head: 'true]', pump: ',]{', middle: ' ', close: '', tail: '"annotations":' }],
  'JSON object': [
    { head: 'true]', pump: ',]{', middle: ' ', close: '', tail: '"annotations":' },
    { head: '0.1', pump: ']', middle: '', close: '', tail: ':' },
    { head: '{', pump: '"k#":0,', middle: '"a":0', close: '', tail: '}' },
  ],
  'JSON manifests': [
    { head: '\ud800', pump: ',', middle: 'true', close: '', tail: '"metadata":' },
    { head: '{', pump: '"k#":0,', middle: '"a":0', close: '', tail: '}' },
  ],
  YAML: [
    { head: '{', pump: '"k#":1,', middle: '', close: '', tail: '}' },
    { head: '[', pump: 'k#: 1,', middle: '', close: '', tail: ']' },
    { head: '', pump: 'k#: 0\n', middle: '', close: '', tail: '' },
    { head: '\t', pump: '\r\nk#: ', middle: '*a#', close: '', tail: "&a'" },
    { head: '', pump: '---\n', middle: '', close: '', tail: '' },
  ],
  'YAML manifests': [
    { head: '\t', pump: '\r\nk#: ', middle: '*a#', close: '', tail: "&a'" },
    { head: '{', pump: '"k#":1,', middle: '', close: '', tail: '}' },
    { head: '[', pump: 'k#: 1,', middle: '', close: '', tail: ']' },
    { head: '', pump: 'k#: 0\n', middle: '', close: '', tail: '' },
  ],
  'Merge Patch': [
    { head: 'true]', pump: ',]{', middle: ' ', close: '', tail: '"annotations":' },
    { head: '0.1', pump: ']', middle: '', close: '', tail: ':' },
  ],
  'JSON Patch': [
    { head: '{"op":"remove","path":"/metadata"},0/a', pump: ',,', middle: '', close: '', tail: '/"},' },
    {
      head: '/metadata',
      pump: ',',
      middle: '',
      close: '',
      tail: 'constructor{"op":"add","path":"/__proto__/x","value":1},',
    },
  ],
  'JSON Pointer': [
    { head: '', pump: '/a', middle: '-~1', close: '', tail: '' },
    { head: '/a', pump: '~1', middle: '', close: '', tail: '__proto__' },
  ],
  scopes: [
    { head: 'readkaphera-cloud::', pump: ' ', middle: 'k#:', close: '', tail: 'readkaphera-cloud:' },
    { head: 'k#connectors:', pump: '   read', middle: ' ', close: '', tail: '' },
  ],
  'e-mail of a token': [{ head: '\u00e9', pump: 'A>', middle: '%', close: '', tail: '1.\u00e9' }],
  Prefer: [
    { head: '', pump: ',=,', middle: ' wait=1', close: '', tail: ' ' },
    { head: 'return=minimalwait=1', pump: ',', middle: '"\\', close: '', tail: '' },
  ],
  Accept: [{ head: '\\', pump: '\\,', middle: '*/*', close: '', tail: 'text/event-stream ' }],
  'Accept of events': [
    { head: 'text/event-stream', pump: '/;', middle: '*/*', close: ',/', tail: '/application/json' },
    { head: 'text/event-stream', pump: '/;', middle: '*/*', close: ',/', tail: '' },
  ],
  'Accept-Encoding': [{ head: '\\', pump: '\\,', middle: '*/*', close: '', tail: 'text/event-stream ' }],
  'trace headers': [{ head: ',', pump: 'k#=1,', middle: '0;', close: '', tail: 'k#=1,' }],
  'format email': [{ head: '<\ud83d\ude00', pump: ' /', middle: '-', close: '', tail: '\\' }],
  'status of an invalid object': [
    { head: '0', pump: ' ', middle: 'strict decoding error: a', close: '"[0]', tail: 'a<' },
    { head: '', pump: '[', middle: '', close: '', tail: '' },
  ],
  'status of a conflict': [{ head: '/\\', pump: '{.', middle: '\u00e9::', close: '', tail: '' }],
  'status of an apply': [{ head: '):', pump: '/(\n  .@', middle: '#', close: '', tail: '%' }],
  'YAML answer': [{ head: '', pump: 'a', middle: '', close: '', tail: '' }],
}
