import { describe, expect, it } from 'vitest'
import { translateStatus } from '../../../shared/kube/status.ts'

/** The API server's 500 for an apply that it cannot merge. */
function refused(faults: string) {
  const message = `failed to create typed patch object (org-acme/edc-1; edc.kaphera.com/v1alpha1, Kind=Connector): ${faults}`
  const status = { kind: 'Status', status: 'Failure', message, code: 500 }
  return translateStatus(500, new Headers(), JSON.stringify(status), 'connectors "edc-1"')
}

describe('an apply that the API server cannot merge', () => {
  it('names the invalid field', () => {
    const { code, errors } = refused('.spec.foo[0].a b: field not declared in schema')
    expect(code).toBe('validation_failed')
    expect(errors).toEqual([{ pointer: '/spec/foo/0/a b', detail: 'is not a field of this kind' }])
  })

  it('names all errors without values', () => {
    const { errors } = refused(
      'errors:\n  .foo: field not declared in schema\n  .spec.version: expected string, got &value.valueUnstructured{Value:"s3cret"}',
    )
    expect(errors).toEqual([
      { pointer: '/foo', detail: 'is not a field of this kind' },
      { pointer: '/spec/version', detail: 'is not valid' },
    ])
  })

  it('differs from a failure of the API server', () => {
    const status = { kind: 'Status', status: 'Failure', message: 'etcdserver: request timed out', code: 500 }
    expect(translateStatus(500, new Headers(), JSON.stringify(status), 'connectors').code).toBe('cluster_unavailable')
  })
})

describe('a validation error of the API server', () => {
  it('has a rule for each field, and only for fields', () => {
    const causes = [
      { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.bdrs.url' },
      { reason: 'FieldValueDuplicate', message: 'Duplicate value: "a"', field: 'spec.protocols[1]' },
      { reason: 'FieldValueForbidden', message: 'Forbidden', field: 'spec.mode' },
      {
        reason: 'FieldValueInvalid',
        message:
          'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
        field: '<nil>',
      },
    ]
    const status = { kind: 'Status', status: 'Failure', reason: 'Invalid', details: { causes }, code: 422 }
    const { detail, errors } = translateStatus(422, new Headers(), JSON.stringify(status), 'connectors "edc-1"')
    expect(detail).toBe('3 fields are not valid.')
    expect(errors).toEqual([
      { pointer: '/spec/bdrs/url', detail: 'is required' },
      { pointer: '/spec/protocols/1', detail: 'is given twice' },
      { pointer: '/spec/mode', detail: 'is not allowed' },
    ])
  })
})

it('is an error of the whole body if the API server names no field', () => {
  const status = { kind: 'Status', status: 'Failure', reason: 'Invalid', details: { name: 'edc-1' }, code: 422 }
  const { detail, errors } = translateStatus(422, new Headers(), JSON.stringify(status), 'connectors "edc-1"')
  expect(detail).toBe('The body is not accepted by the cluster.')
  expect(errors).toEqual([{ pointer: '', detail: 'is not accepted by the cluster' }])
})

describe('an invalid selector', () => {
  it.each([
    ["unable to parse requirement: found '=', expected: identifier", '?labelSelector'],
    ["invalid selector: 'a'; can't understand 'a'", '?fieldSelector'],
  ])('%s', (message, pointer) => {
    const status = { kind: 'Status', status: 'Failure', message, reason: 'BadRequest', code: 400 }
    const { code, errors } = translateStatus(400, new Headers(), JSON.stringify(status), 'connectors')
    expect([code, errors.map((error) => error.pointer)]).toEqual(['invalid_request', [pointer]])
  })
})
