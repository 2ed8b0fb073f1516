import { describe, expect, it } from 'vitest'
import { fieldPathToPointer } from '../../../shared/kube/field-path.ts'

describe('the JSON Pointer of a field path', () => {
  it.each([
    ['', ''],
    ['<nil>', ''],
    ['spec', '/spec'],
    ['spec.trustedIssuers[0].id', '/spec/trustedIssuers/0/id'],
    ['spec.config[edc.foo]', '/spec/config/edc.foo'],
    ['spec.config[a][b]', '/spec/config/a/b'],
    ['spec.config[].x', '/spec/config//x'],
    ['metadata.annotations[a/b~c]', '/metadata/annotations/a~1b~0c'],
    // A bracket that is not closed extends to the end.
    ['spec.config[a.b[c', '/spec/config/a.b[c'],
  ])('of %j is %j', (path, pointer) => {
    expect(fieldPathToPointer(path)).toBe(pointer)
  })
})
