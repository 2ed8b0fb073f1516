import { describe, expect, it } from 'vitest'
import { isLabel, isLabelValue, isObjectName, LABEL_RULE, OBJECT_NAME_RULE } from '../../../shared/kube/index.ts'

const long = (length: number): string => 'a'.repeat(length)

describe('a label', () => {
  it.each(['a', '0', 'a1', 'org-acme', 'a--b', long(63)])('can be %s', (name) => {
    expect(isLabel(name)).toBe(true)
  })

  it.each(['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a b', ' a', 'a/b', 'a\n', 'é', long(64)])('cannot be %j', (name) => {
    expect(isLabel(name)).toBe(false)
  })

  it('has a rule for errors', () => {
    expect(LABEL_RULE).toMatch(/^must be a lower-case RFC 1123 label: .*, at most 63 characters$/)
  })
})

describe('the name of an object', () => {
  it.each(['a', 'a.b', 'edc.v2-1', `${long(100)}.${long(152)}`])('can be %s', (name) => {
    expect(isObjectName(name)).toBe(true)
  })

  it.each(['', '.', '..', '.a', 'a.', 'a..b', '-a', 'a.-b', 'A.b', '../pods', 'a/b', `${long(100)}.${long(153)}`])(
    'cannot be %j',
    (name) => {
      expect(isObjectName(name)).toBe(false)
    },
  )

  it('has a rule for errors', () => {
    expect(OBJECT_NAME_RULE).toMatch(/^must be a lower-case RFC 1123 subdomain: .*, at most 253 characters$/)
  })
})

describe('the value of a label', () => {
  it.each(['', 'a', 'A', '0', 'Blue-Green_v1.2', long(63)])('can be %j', (value) => {
    expect(isLabelValue(value)).toBe(true)
  })

  it.each(['-a', 'a-', '_a', 'a.', 'a b', 'a/b', 'é', 'a\n', long(64)])('cannot be %j', (value) => {
    expect(isLabelValue(value)).toBe(false)
  })
})
