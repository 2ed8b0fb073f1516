import { describe, expect, it } from 'vitest'
import { translateStatus } from '../../../shared/kube/status.ts'

/** The API server's 500 for an apply that it cannot merge. */
function refused(faults: string) {
  const message = `failed to create typed patch object (org-acme/edc-1; edc.kaphera.com/v1alpha1, Kind=Connector): ${faults}`
  const status = { kind: 'Status', status: 'Failure', message, code: 500 }
  return translateStatus(500, new Headers(), JSON.stringify(status), 'Connector "edc-1"')
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
    const { detail, errors } = translateStatus(422, new Headers(), JSON.stringify(status), 'Connector "edc-1"')
    expect(detail).toBe('3 fields are not valid.')
    expect(errors).toEqual([
      { pointer: '/spec/bdrs/url', detail: 'is required' },
      { pointer: '/spec/protocols/1', detail: 'is duplicated' },
      { pointer: '/spec/mode', detail: 'is not allowed' },
    ])
  })
})

it('is an error of the whole body if the API server names no field', () => {
  const status = { kind: 'Status', status: 'Failure', reason: 'Invalid', details: { name: 'edc-1' }, code: 422 }
  const { detail, errors } = translateStatus(422, new Headers(), JSON.stringify(status), 'Connector "edc-1"')
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

/** The problem of an answer about `Connector "edc"`. */
function problemOf(status: number, body: object | string = {}, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return translateStatus(status, new Headers(headers), text, 'Connector "edc"')
}

/** A validation error with these causes. */
function invalid(...causes: { reason?: string; message?: string; field?: string }[]) {
  return problemOf(422, { reason: 'Invalid', details: { causes } }).errors
}

describe('an error of the API server', () => {
  const details = { name: 'edc' }

  it.each<[number, object, string, string]>([
    [401, {}, 'cluster_unavailable', 'The cluster does not accept the credentials of this server.'],
    [403, {}, 'forbidden', 'The cluster does not allow this operation on Connector "edc".'],
    [403, { message: 'x: exceeded quota: y' }, 'forbidden', 'A quota of the organization is used up.'],
    [
      403,
      { details: { causes: [{ reason: 'Other' }, { reason: 'NamespaceTerminating' }] } },
      'conflict',
      'The organization is being deleted, so nothing can be created in it.',
    ],
    [403, { details: { causes: [{ reason: 'Other' }] } }, 'forbidden', expect.stringContaining('does not allow')],
    [
      404,
      {},
      'kind_not_served',
      'The cluster does not serve Connector "edc": its custom resource definition is not installed.',
    ],
    [404, { details: {} }, 'kind_not_served', expect.stringContaining('is not installed')],
    [404, { details }, 'not_found', 'Connector "edc" does not exist.'],
    [
      409,
      { reason: 'AlreadyExists' },
      'already_exists',
      'Connector "edc" already exists. Use PUT or PATCH to change it.',
    ],
    [
      409,
      { reason: 'AlreadyExists', message: 'object is being deleted: connectors.edc.kaphera.com "edc" already exists' },
      'already_exists',
      'Connector "edc" is being deleted. Wait until it is gone to create another.',
    ],
    [
      409,
      { reason: 'Conflict' },
      'conflict',
      'Connector "edc" was changed by another request at the same time. Read it again and repeat the change.',
    ],
    [409, { details: { causes: [{ reason: 'Other' }] } }, 'conflict', expect.stringContaining('was changed by')],
    [410, {}, 'gone', 'The continue token is too old. Start again without "continue".'],
    [413, {}, 'payload_too_large', 'The object is too large for the cluster.'],
    [
      422,
      { message: 'the server rejected our request due to an error in our request' },
      'conflict',
      expect.stringContaining('was changed by another request'),
    ],
    [422, {}, 'validation_failed', 'The body is not accepted by the cluster.'],
    [
      422,
      { message: 'he said: the server rejected our request due to an error in our request' },
      'validation_failed',
      'The body is not accepted by the cluster.',
    ],
    [429, {}, 'too_many_requests', 'The cluster is throttling requests.'],
    [500, {}, 'cluster_unavailable', 'The cluster cannot answer at the moment.'],
    [503, {}, 'cluster_unavailable', 'The cluster cannot answer at the moment.'],
    [504, {}, 'deadline_exceeded', 'The cluster did not answer in time.'],
    [400, {}, 'invalid_request', 'The cluster could not read the request.'],
  ])('%i %j is %s', (status, body, code, detail) => {
    expect(problemOf(status, body)).toMatchObject({ code, detail })
  })

  it('says in the log, but not to the client, what the API server said', () => {
    expect(problemOf(400).cause).toBe('400 from the API server')
    expect(problemOf(401).cause).toBe('401 from the API server: no reason')
    expect(problemOf(401, { reason: 'Unauthorized' }).cause).toBe('401 from the API server: Unauthorized')
    expect(problemOf(403).cause).toBe('403 from the API server: see its audit log')
    expect(problemOf(500).cause).toBe('500 from the API server: no reason')
    expect(problemOf(503, { reason: 'Timeout' }).cause).toBe('503 from the API server: Timeout')
  })

  it.each<[string, string | object]>([
    ['nothing', ''],
    ['a page', '<h1>Not found</h1>'],
    ['null', 'null'],
    ['a text', '"x"'],
  ])('needs no Status: %s', (_, body) => {
    expect(problemOf(404, body).code).toBe('kind_not_served')
  })

  it.each([401, 429, 500])('%i has Retry-After from the header, else from the Status, else 5 s', (status) => {
    const waits = (header: string | undefined, retryAfterSeconds?: number) =>
      problemOf(status, { details: { retryAfterSeconds } }, header === undefined ? {} : { 'Retry-After': header })
        .headers['Retry-After']
    expect([waits('7', 3), waits('12345'), waits(undefined, 3), waits(undefined)]).toEqual(['7', '12345', '3', '5'])
    // A date, or a number that is none, is not relayed.
    for (const header of ['Wed, 21 Oct 2026 07:28:00 GMT', '1e3', 'x7', '7x', '123456', '-1']) {
      expect(waits(header)).toBe('5')
    }
  })

  it('names the object that only the body had', () => {
    const exists = { reason: 'AlreadyExists', details }
    const detail = translateStatus(409, new Headers(), JSON.stringify(exists), 'connectors', 'Connector').detail
    expect(detail).toBe('Connector "edc" already exists. Use PUT or PATCH to change it.')
    const unnamed = translateStatus(409, new Headers(), JSON.stringify({ reason: 'AlreadyExists' }), 'connectors')
    expect(unnamed.detail).toBe('connectors already exists. Use PUT or PATCH to change it.')
    expect(problemOf(409, { reason: 'AlreadyExists', details: { name: 'other' } }).detail).toBe(
      'Connector "edc" already exists. Use PUT or PATCH to change it.',
    )
  })
})

describe('a denial of an admission webhook', () => {
  const denial = (status: number, reason: string, more: object = {}) =>
    problemOf(status, { message: `admission webhook "policy.example.com" denied the request${reason}`, ...more })

  it('says what the webhook says', () => {
    const reason = ': connectors need a label "team"; continue with one.'
    const detail = 'is not accepted by the cluster: connectors need a label "team"; continue with one'
    for (const status of [400, 422]) {
      expect(denial(status, reason)).toMatchObject({
        code: 'validation_failed',
        detail: `The body ${detail}.`,
        errors: [{ pointer: '', detail }],
      })
    }
    expect(denial(403, reason)).toMatchObject({
      code: 'forbidden',
      detail:
        'The cluster does not allow this operation on Connector "edc": connectors need a label "team"; continue with one.',
    })
  })

  it('is in one line, and not too long', () => {
    const lines = denial(400, ': \n\nresource Connector was blocked \n\nrequire-team:\u001b[31m\n  check: no team\n')
    expect(lines.errors[0]?.detail).toBe(
      'is not accepted by the cluster: resource Connector was blocked require-team: [31m check: no team',
    )
    expect(denial(400, `: ${'x'.repeat(5_000)}`).detail).toHaveLength(
      1_000 + 'The body is not accepted by the cluster: .'.length,
    )
  })

  it.each([
    ' without explanation',
    ': spec.mode: Invalid value: "s3cret": must be short',
    ': [spec.mode: Unsupported value: "s3cret", spec.a: Required value]',
    ': spec.mode: Too long: "s3cret"',
  ])('needs no reason, and never repeats a value: %s', (reason) => {
    expect(denial(400, reason).detail).toBe('The body is not accepted by the cluster.')
    expect(denial(403, reason).detail).toBe('The cluster does not allow this operation on Connector "edc".')
  })

  it('names the fields if it has causes', () => {
    const causes = [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.mode' }]
    expect(denial(422, ': no', { details: { causes } }).errors).toEqual([
      { pointer: '/spec/mode', detail: 'is required' },
    ])
  })

  it('is none if only a part of a message says so', () => {
    const message = 'x admission webhook "a" denied the request: s3cret'
    expect([400, 403, 422].map((status) => problemOf(status, { message }).detail)).toEqual([
      'The cluster could not read the request.',
      'The cluster does not allow this operation on Connector "edc".',
      'The body is not accepted by the cluster.',
    ])
  })
})

describe('a conflict of an apply', () => {
  const conflict = (...causes: object[]) => problemOf(409, { details: { causes } })

  it('names the fields and their field managers', () => {
    const problem = conflict(
      { reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using v1', field: '.spec.version' },
      { reason: 'FieldManagerConflict', message: 'conflict with "a \\"b\\"" using v1', field: '.spec.mode' },
      { reason: 'FieldManagerConflict', message: 'conflict with somebody', field: '.spec.x' },
      { reason: 'FieldManagerConflict' },
      { reason: 'Other', message: 'conflict with "x"', field: '.spec.y' },
    )
    expect([problem.code, problem.detail]).toEqual([
      'field_conflict',
      'Other field managers own fields that this would change. Leave them out, or take them over with force=true.',
    ])
    expect(problem.errors).toEqual([
      { pointer: '/spec/version', detail: 'is owned by the field manager kubectl' },
      { pointer: '/spec/mode', detail: 'is owned by the field manager a \\"b\\"' },
      { pointer: '/spec/x', detail: 'is owned by another field manager' },
      { pointer: '', detail: 'is owned by another field manager' },
    ])
  })

  it('never repeats a long text as the name of a field manager', () => {
    const manager = (message: string) => conflict({ reason: 'FieldManagerConflict', message }).errors[0]?.detail
    expect(manager(`conflict with "${'m'.repeat(256)}"`)).toBe(`is owned by the field manager ${'m'.repeat(256)}`)
    expect(manager(`conflict with "${'m'.repeat(257)}"`)).toBe('is owned by another field manager')
    expect(manager('there is a conflict with "kubectl"')).toBe('is owned by another field manager')
  })
})

describe('a request that the API server cannot read', () => {
  it.each<[string, string, string]>([
    ['strict decoding error: unknown field "spec.foo"', '/spec/foo', 'is not a field of this kind'],
    ['x strict decoding error: duplicate field "spec.a[0].b"', '/spec/a/0/b', 'is duplicated'],
  ])('because of its fields: %s', (message, pointer, detail) => {
    expect(problemOf(400, { message })).toMatchObject({ code: 'validation_failed', errors: [{ pointer, detail }] })
  })

  it('names all of its fields, and only those of the error', () => {
    const message =
      'error decoding patch unknown field "no": strict decoding error: unknown field "a", duplicate field "b", unknown field ""'
    expect(problemOf(400, { message }).errors).toEqual([
      { pointer: '/a', detail: 'is not a field of this kind' },
      { pointer: '/b', detail: 'is duplicated' },
      { pointer: '', detail: 'is not a field of this kind' },
    ])
  })

  it('because of a field that cannot be selected', () => {
    const errors = (message: string) => problemOf(400, { message }).errors
    const rule = 'which is not supported; the reference lists the supported fields'
    expect(errors('field label not supported: spec.vaultRef.name')).toEqual([
      { pointer: '?fieldSelector', detail: `names spec.vaultRef.name, ${rule}` },
    ])
    // What could be anything is not repeated.
    for (const label of ['a b', '', 'x'.repeat(254), 'a"']) {
      expect(errors(`field label not supported: ${label}`)).toEqual([
        { pointer: '?fieldSelector', detail: `names a field, ${rule}` },
      ])
    }
    expect(problemOf(400, { message: 'field label not supported: x' }).detail).toBe(
      'The query parameter "fieldSelector" names a field that is not supported.',
    )
  })

  it.each<[string, string, string]>([
    ['unable to parse requirement: x', '?labelSelector', 'must be a selector such as tier=gold,env in (test,prod)'],
    [
      'couldn\'t parse the selector string "a"',
      '?labelSelector',
      'must be a selector such as tier=gold,env in (test,prod)',
    ],
    ['invalid selector: x', '?fieldSelector', 'must be a selector such as metadata.name=edc'],
    ['invalid field selector: x', '?fieldSelector', 'must be a selector such as metadata.name=edc'],
    ['invalid continue token', '?continue', 'must be the unchanged token of an earlier answer'],
  ])('because of a query parameter: %s', (message, pointer, detail) => {
    expect(problemOf(400, { message })).toMatchObject({ code: 'invalid_request', errors: [{ pointer, detail }] })
  })

  it('because of a continue token', () => {
    expect(problemOf(400, { message: 'continue key is not valid' }).detail).toBe(
      'The query parameter "continue" is not a token of this server.',
    )
  })

  it('for another reason names no query parameter', () => {
    expect(problemOf(400, { message: 'an invalid selector: x' }).errors).toEqual([])
    expect(problemOf(400, { message: 'the body is invalid' }).errors).toEqual([])
  })
})

describe('the rule in a validation error', () => {
  it.each([
    ['spec.mode', 'mode is immutable', 'is immutable'],
    ['spec.managed.storageSize', 'storageSize may only grow', 'may only grow'],
    ['spec.mode', 'modes are immutable', 'modes are immutable'],
    ['spec', 'mode is immutable', 'mode is immutable'],
    ['', 'mode is immutable', 'mode is immutable'],
  ])('does not repeat the name of the field %s: %s', (field, rule, detail) => {
    expect(invalid({ field, message: `Invalid value: "object": ${rule}` })).toMatchObject([{ detail }])
  })

  it.each([
    ['Required value', 'is required'],
    ['Required value: a port is needed', 'a port is needed'],
    ['Forbidden', 'is not allowed'],
    ['Forbidden: the version cannot change', 'the version cannot change'],
    ['Duplicate value: "a"', 'is duplicated'],
    ['Internal error: etcd is gone', 'could not be checked by the cluster'],
    ['Too long: may not be more than 63 bytes', 'is too long: may not be more than 63 bytes'],
    ['Too long: "s3cret": may not be more than 3 bytes', 'is too long: may not be more than 3 bytes'],
    ['Too many: 7: must have at most 5 items', 'has too many items: must have at most 5 items'],
    ['Invalid value: "s3cret": must be a name', 'must be a name'],
    ['Invalid value: "s3\\"cret: x": must be a name', 'must be a name'],
    ['Invalid value: "s3cret"', 'is not valid'],
    ['Invalid value: 7: must be less', 'must be less'],
    ['Invalid value: 70: must be less', 'must be less'],
    ['Invalid value: 70', 'is not valid'],
    ['Invalid value: 7: use ": or so', 'use ": or so'],
    ['Invalid value: "s3 cret: x"', 'is not valid'],
    ['Invalid value: "a" and "b" must differ', '"a" and "b" must differ'],
    ['Invalid value: {"a":"s3: cret"}: must be less', 'must be less'],
    ['Invalid value: ["s3cret"]: must be less', 'must be less'],
    ['Invalid value: "object": spec.replicas in body must be of type integer', 'must be of type integer'],
    ['Invalid value: "object": spec in body must be of type object', 'must be of type object'],
    ['Invalid value: "x": in spec in body must be', 'in spec in body must be'],
    ['Invalid value: the rule has no value', 'the rule has no value'],
    ['Unsupported value: "s3cret": supported values: "A", "B"', 'supported values: "A", "B"'],
    ['Not found: "s3cret"', 'is not valid'],
    // Of unknown form, so that any part could be the value.
    ['s3cret is wrong', 'is not accepted by the cluster'],
    ['Invalid values: s3cret', 'is not accepted by the cluster'],
    ['An Invalid value: s3cret', 'is not accepted by the cluster'],
    ['', 'is not accepted by the cluster'],
  ])('%s: %s', (message, detail) => {
    expect(invalid({ field: 'spec.x', message })).toEqual([{ pointer: '/spec/x', detail }])
  })

  it('is about the whole body if the field is in the patch, or unknown', () => {
    expect(invalid({ field: 'patch', message: 'Required value' })).toEqual([{ pointer: '', detail: 'is required' }])
    expect(invalid({ message: 'Required value' })).toEqual([{ pointer: '', detail: 'is required' }])
    expect(invalid({ field: 'spec' })).toEqual([{ pointer: '/spec', detail: 'is not accepted by the cluster' }])
  })

  it('is about the fields that strict decoding names', () => {
    const message = 'Invalid value: "x": strict decoding error: unknown field "spec.foo"'
    expect(invalid({ field: 'patch', message })).toEqual([
      { pointer: '/spec/foo', detail: 'is not a field of this kind' },
    ])
  })

  it('may be only that others were not checked', () => {
    const message = 'Invalid value: "null": some validation rules were not checked because the object was invalid'
    expect(invalid({ field: '<nil>', message })).toEqual([
      { pointer: '', detail: 'some validation rules were not checked because the object was invalid' },
    ])
    expect(invalid({ field: '<nil>', message }, { field: 'a' })).toEqual([
      { pointer: '/a', detail: 'is not accepted by the cluster' },
    ])
  })
})

describe('an apply of which the message', () => {
  it.each<[string, unknown[]]>([
    ['.spec.a: expected string, got 5', [{ pointer: '/spec/a', detail: 'is not valid' }]],
    ['something else', [{ pointer: '', detail: 'is not valid' }]],
    ['.spec["a"]: is broken', [{ pointer: '', detail: 'is not valid' }]],
    ['x.a: field not declared in schema', [{ pointer: '', detail: 'is not valid' }]],
    ['.a: field not declared in schema of .b', [{ pointer: '/a', detail: 'is not valid' }]],
    ['x .spec.a: y', [{ pointer: '', detail: 'is not valid' }]],
    [
      'errors:\n  .a: field not declared in schema\n  .b: x\n  continued\n  .c.d-e: y',
      [
        { pointer: '/a', detail: 'is not a field of this kind' },
        { pointer: '/b', detail: 'is not valid' },
        { pointer: '/c/d-e', detail: 'is not valid' },
      ],
    ],
  ])('is %j', (faults, errors) => {
    expect(refused(faults).errors).toEqual(errors)
  })

  it('begins otherwise is a failure of the API server', () => {
    const message = 'x failed to create typed patch object (a): .spec.a: field not declared in schema'
    expect(problemOf(500, { message }).code).toBe('cluster_unavailable')
  })
})
