/**
 * Translates errors of the API server into problems.
 *
 * Its message is never relayed, because for a failed patch it contains the whole object. Details are built from
 * `details.causes`, without the refused values. What an admission webhook says is relayed, because nothing else tells the reason.
 */
import { closingQuote } from '../http/json-string.ts'
import { type FieldError, Problem, validationFailed } from '../http/problem.ts'
import { invalidQuery } from '../http/query.ts'
import { ConflictError, continueTokenExpired, ServerTimeout } from './failures.ts'
import { fieldPathToPointer } from './field-path.ts'

/**
 * The fields of a `Status` object that are read.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/}
 */
interface Status {
  readonly reason?: string
  readonly message?: string
  readonly details?: {
    readonly name?: string
    readonly retryAfterSeconds?: number
    readonly causes?: Causes
  }
}

type Causes = readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]

/** What is wrong where the API server names no rule. */
const NOT_ACCEPTED = 'is not accepted by the cluster'
/** Maximum number of characters of what an admission webhook says. */
const REASON_LENGTH = 1_000
/** Default of Retry-After in seconds. */
const RETRY_AFTER_SECONDS = 5

/**
 * The problem for an error answer of the API server.
 * @param headers - Headers of the answer, of which `Retry-After` is relayed
 * @param body - Body of the answer; ignored unless it is a `Status` object
 * @param what - What was requested, e.g. `Connector "edc-1"` or `connectors`, for the detail
 * @param kind - The kind of what was requested
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { translateStatus } from './status.ts'
 *
 * const body = JSON.stringify({
 *   kind: 'Status',
 *   details: { name: 'edc', causes: [{ field: 'spec.version', message: 'Required value' }] },
 * })
 * const problem = translateStatus(422, new Headers(), body, 'Connector "edc"')
 * assert.deepEqual(problem.errors, [{ pointer: '/spec/version', detail: 'is required' }])
 * ```
 */
export function translateStatus(
  status: number,
  headers: Headers,
  body: string,
  what: string,
  kind: string = what,
): Problem {
  const parsed = parseStatus(body)
  const causes = parsed.details?.causes ?? []
  switch (status) {
    case 400:
      return DENIED.test(parsed.message ?? '') ? validationFailed([notAccepted(parsed)]) : badRequest(parsed)
    case 401:
      return new Problem('cluster_unavailable', 'The cluster does not accept the credentials of this server.', {
        headers: retryAfter(headers, parsed),
        cause: `401 from the API server: ${parsed.reason ?? 'no reason'}`,
      })
    case 403:
      if (causes.some((cause) => cause.reason === 'NamespaceTerminating')) {
        return new Problem('conflict', 'The organization is being deleted, so nothing can be created in it.')
      }
      if (/exceeded quota/.test(parsed.message ?? '')) {
        return new Problem('forbidden', 'A quota of the organization is used up.')
      }
      return new Problem('forbidden', `The cluster does not allow this operation on ${what}${because(parsed)}.`, {
        cause: '403 from the API server: see its audit log',
      })
    case 404:
      // Without a name in its details the answer is about the path: the cluster does not know the kind.
      return parsed.details?.name === undefined
        ? new Problem(
            'kind_not_served',
            `The cluster does not serve ${what}: its custom resource definition is not installed.`,
          )
        : new Problem('not_found', `${what} does not exist.`)
    case 409:
      if (causes.some((cause) => cause.reason === 'FieldManagerConflict')) return managersConflict(causes)
      if (parsed.reason !== 'AlreadyExists') return new ConflictError(what)
      return new Problem(
        'already_exists',
        parsed.message?.startsWith('object is being deleted')
          ? `${named(what, kind, parsed)} is being deleted. Wait until it is gone to create another.`
          : `${named(what, kind, parsed)} already exists. Use PUT or PATCH to change it.`,
      )
    case 410:
      return continueTokenExpired()
    case 413:
      return new Problem('payload_too_large', 'The object is too large for the cluster.')
    case 422: {
      // This is the whole answer to a JSON Patch with a failed test.
      if (/^the server rejected our request due to an error in our request/.test(parsed.message ?? '')) {
        return new ConflictError(what)
      }
      const errors = realCauses(causes).flatMap(fieldErrors)
      return validationFailed(errors.length > 0 ? errors : [notAccepted(parsed)])
    }
    case 429:
      return new Problem('too_many_requests', 'The cluster is throttling requests.', {
        headers: retryAfter(headers, parsed),
      })
    case 504:
      return new ServerTimeout()
    default: {
      const errors = typedPatchErrors(parsed.message ?? '')
      if (errors.length > 0) return validationFailed(errors)
      return new Problem('cluster_unavailable', 'The cluster cannot answer at the moment.', {
        headers: retryAfter(headers, parsed),
        cause: `${status} from the API server: ${parsed.reason ?? 'no reason'}`,
      })
    }
  }
}

/** What was requested, with the name that only the body had. */
function named(what: string, kind: string, { details }: Status): string {
  return details?.name === undefined || what.endsWith('"') ? what : `${kind} "${details.name}"`
}

/** The conflict of a server-side apply: which fields are owned by others, and by whom. */
function managersConflict(causes: Causes): Problem {
  const errors = causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map(({ field, message }) => {
      // `conflict with "kubectl" with subresource "scale" using v1 at 2026-01-01T00:00:00Z`
      const manager = /^conflict with "((?:\\.|[^"\\]){0,256})"/.exec(message ?? '')?.[1]
      const detail =
        manager === undefined ? 'is owned by another field manager' : `is owned by the field manager ${manager}`
      return { pointer: fieldPathToPointer(field ?? ''), detail }
    })
  const detail =
    'Other field managers own fields that this would change. Leave them out, or take them over with force=true.'
  return new Problem('field_conflict', detail, { errors })
}

function parseStatus(body: string): Status {
  try {
    // Texts and numbers have none of the fields either.
    const parsed: Status | null = JSON.parse(body)
    return parsed ?? {}
  } catch {
    return {}
  }
}

function retryAfter(headers: Headers, status: Status): { 'Retry-After': string } {
  const given = headers.get('Retry-After')
  const seconds = given !== null && /^\d{1,5}$/.test(given) ? given : status.details?.retryAfterSeconds
  return { 'Retry-After': String(seconds ?? RETRY_AFTER_SECONDS) }
}

/** How the message begins if an admission webhook has denied the request, whatever the status. */
const DENIED = /^admission webhook "[^"]*" denied the request(?:: (.+)| without explanation$)/s

/** The error of a body that is not accepted as a whole. */
function notAccepted(status: Status): FieldError {
  return { pointer: '', detail: NOT_ACCEPTED + because(status) }
}

/** `: ` and what an admission webhook says in one line, if it denied the request. Field errors quote values, so they are left out. */
function because({ message = '' }: Status): string {
  const [, reason] = DENIED.exec(message) ?? []
  if (reason === undefined || /\b(Invalid|Unsupported|Duplicate) value: |Too (long|many): /.test(reason)) return ''
  const line = reason.slice(0, REASON_LENGTH).replace(/[\s\p{Cc}]+/gu, ' ')
  return `: ${line.trim().replace(/\.$/, '')}`
}

function badRequest(status: Status): Problem {
  const message = status.message ?? ''
  const errors = strictDecodingErrors(message)
  if (errors.length > 0) return validationFailed(errors)
  if (/field label not supported/.test(message)) {
    const [, field] = /not supported: ([\w.-]{1,253})$/.exec(message) ?? []
    return new Problem('invalid_request', 'The query parameter "fieldSelector" names a field that is not supported.', {
      errors: [
        {
          pointer: '?fieldSelector',
          detail: `names ${field ?? 'a field'}, which is not supported; the reference lists the supported fields`,
        },
      ],
    })
  }
  const selector = selectorError(message)
  if (selector !== undefined) return selector
  if (/continue/.test(message)) {
    return new Problem('invalid_request', 'The query parameter "continue" is not a token of this server.', {
      errors: [{ pointer: '?continue', detail: 'must be the unchanged token of an earlier answer' }],
    })
  }
  return new Problem('invalid_request', 'The cluster could not read the request.', { cause: '400 from the API server' })
}

/** The problem of a selector that the API server cannot parse, if the message is about one. */
function selectorError(message: string): Problem | undefined {
  const isLabels = /unable to parse requirement|couldn't parse the selector string/.test(message)
  if (!isLabels && !/^invalid (field )?selector: /.test(message)) return undefined
  return isLabels
    ? invalidQuery('labelSelector', 'must be a selector such as tier=gold,env in (test,prod)')
    : invalidQuery('fieldSelector', 'must be a selector such as metadata.name=edc')
}

/** The errors that `fieldValidation=Strict` finds. Only the message has them. */
function strictDecodingErrors(message: string): FieldError[] {
  const start = message.lastIndexOf('strict decoding error: ')
  if (start < 0) return []
  return [...message.slice(start).matchAll(/(unknown|duplicate) field "([^"]*)"/g)].map(([, type, path]) => ({
    pointer: fieldPathToPointer(path ?? ''),
    detail: type === 'unknown' ? 'is not a field of this kind' : 'is duplicated',
  }))
}

/**
 * The errors for which an apply cannot be merged. The API server answers 500, and only the message has them: one error follows
 * a colon, several are on one line each.
 */
function typedPatchErrors(message: string): FieldError[] {
  const [, lines] = /^failed to create typed patch object \([^)]*\): (?:errors:\n {2})?(.*)/s.exec(message) ?? []
  return (lines?.split(/\n {2}(?=\.)/) ?? []).map((line) => {
    const [, unknown] = /^\.(.*): field not declared in schema$/s.exec(line) ?? []
    if (unknown !== undefined) return { pointer: fieldPathToPointer(unknown), detail: 'is not a field of this kind' }
    // The rest contains the value.
    return { pointer: fieldPathToPointer(/^\.([\w.-]+): /.exec(line)?.[1] ?? ''), detail: 'is not valid' }
  })
}

/** The causes that are errors. A note that some rules were not checked is not one. */
function realCauses(causes: Causes): Causes {
  const real = causes.filter(({ message }) => !/: some validation rules were not checked because /.test(message ?? ''))
  return real.length > 0 ? real : causes
}

function fieldErrors(cause: { readonly message?: string; readonly field?: string }): FieldError[] {
  const message = cause.message ?? ''
  const strict = strictDecodingErrors(message)
  if (strict.length > 0) return strict
  // Some errors are about the patch that this server made, which is not what the client sent.
  const field = cause.field === 'patch' ? '' : (cause.field ?? '')
  const pointer = fieldPathToPointer(field)
  // Most rules of CRDs begin with the field, because kubectl shows them alone. Here the pointer names it.
  const name = `${pointer.slice(pointer.lastIndexOf('/') + 1)} `
  const detail = withoutValue(message)
  return [{ pointer, detail: detail.startsWith(name) ? detail.slice(name.length) : detail }]
}

/**
 * The rule in a cause's message. The value is left out, because it may be a secret in the wrong place. A message is
 * `<type>: <value>: <rule>` or `<type>: <rule>`, with the value as Go or JSON prints it.
 */
function withoutValue(message: string): string {
  const type =
    /^(Invalid value|Unsupported value|Duplicate value|Not found|Too long|Too many|Internal error|Required value|Forbidden)(?:: |$)/.exec(
      message,
    )
  if (type === null) return NOT_ACCEPTED
  const rest = message.slice(type[0].length)
  switch (type[1]) {
    case 'Required value':
      return rest === '' ? 'is required' : rest
    case 'Forbidden':
      return rest === '' ? 'is not allowed' : rest
    case 'Duplicate value':
      return 'is duplicated'
    case 'Internal error':
      return 'could not be checked by the cluster'
    case 'Too long':
    case 'Too many':
      return `${type[1] === 'Too long' ? 'is too long' : 'has too many items'}: ${rest.slice(valueEnd(rest))}`
    default: {
      const rule = rest.slice(valueEnd(rest))
      return rule === '' ? 'is not valid' : rule.replace(/^spec(\.\S+)? in body /, '')
    }
  }
}

/** Length of the printed value at the start of `text` with its `: `; 0 if there is none. */
function valueEnd(text: string): number {
  if (text.startsWith('"')) {
    const end = closingQuote(text, 0) + 1
    if (end === text.length) return end
    if (text.startsWith(': ', end)) return end + 2
  }
  const value = /^([{[].*[}\]]|[^\s:]+)(: |$)/s.exec(text)
  return value === null ? 0 : value[0].length
}
