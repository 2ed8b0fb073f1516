/**
 * The one translation of the API server's errors into problems.
 *
 * Its free text is never relayed: on a failed patch it echoes the whole object. What the client reads is built from
 * `details.causes`, without the refused values.
 * @module
 */
import { type FieldError, Problem, validationFailed } from '../http/problem.ts'
import { invalidQuery } from '../http/query.ts'
import { fieldPathToPointer } from './field-path.ts'

/**
 * What is read of a `Status` object.
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

/** Seconds after which a client may try again when nobody said otherwise. */
const RETRY_AFTER_SECONDS = 5

/**
 * The problem behind an answer of the API server that is not a success.
 * @param status - HTTP status of the answer
 * @param headers - Its headers (`Retry-After` is relayed)
 * @param body - Its text; anything that is not a `Status` object is ignored
 * @param what - What was asked for, e.g. `connectors "edc-1"`, for the detail
 */
export function translateStatus(status: number, headers: Headers, body: string, what: string): Problem {
  const parsed = parseStatus(body)
  const causes = parsed.details?.causes ?? []
  switch (status) {
    case 400:
      return badRequest(parsed)
    case 401:
      return new Problem('cluster_unavailable', 'The cluster does not accept the credentials of this server.', {
        headers: retryAfter(headers, parsed),
        cause: `401 from the API server: ${parsed.reason ?? 'no reason'}`,
      })
    case 403:
      if (causes.some((cause) => cause.reason === 'NamespaceTerminating')) {
        return new Problem('conflict', 'The organisation is being deleted; nothing can be created in it.')
      }
      if (/exceeded quota/.test(parsed.message ?? '')) {
        return new Problem('forbidden', 'The cluster refuses this: a quota of the organisation is used up.')
      }
      return new Problem('forbidden', `The cluster does not allow this on ${what}.`, {
        cause: '403 from the API server: see its audit log',
      })
    case 404:
      // Without a name in its details the answer is about the path: no such kind here.
      return parsed.details?.name === undefined
        ? new Problem(
            'kind_not_served',
            `The cluster does not serve ${what}: its custom resource definition is not installed.`,
          )
        : new Problem('not_found', `${what} does not exist.`)
    case 409:
      if (causes.some((cause) => cause.reason === 'FieldManagerConflict')) return managersConflict(causes)
      return parsed.reason === 'AlreadyExists'
        ? new Problem('already_exists', `${named(what, parsed)} exists already; PUT and PATCH change it.`)
        : new LostRace(what)
    case 410:
      return new Problem('gone', 'The list is too old to be continued. Start again without "continue".')
    case 413:
      return new Problem('payload_too_large', 'The object is too large for the cluster.')
    case 422: {
      // All that a JSON Patch is told of a test that does not hold.
      if (/^the server rejected our request due to an error in our request/.test(parsed.message ?? '')) {
        return new LostRace(what)
      }
      const errors = faults(causes).flatMap(fieldErrors)
      return validationFailed(errors)
    }
    case 429:
      return new Problem('too_many_requests', 'The cluster asks for fewer requests.', {
        headers: retryAfter(headers, parsed),
      })
    case 504:
      return new Problem('deadline_exceeded', 'The cluster did not answer in time.')
    default: {
      const errors = typedPatchErrors(parsed.message ?? '')
      if (errors.length > 0) return validationFailed(errors)
      return new Problem('cluster_unavailable', 'The cluster cannot answer now.', {
        headers: retryAfter(headers, parsed),
        cause: `${status} from the API server: ${parsed.reason ?? 'no reason'}`,
      })
    }
  }
}

/** What was asked for, with the name that was in the body only. */
function named(what: string, { details }: Status): string {
  return details?.name === undefined || what.endsWith('"') ? what : `${what} "${details.name}"`
}

/** Somebody else was faster: reading again and repeating the change may help. */
export class LostRace extends Problem {
  /** @param what - The object */
  constructor(what: string) {
    super('conflict', `${what} was changed at the same time by somebody else. Read it again and repeat the change.`)
  }
}

/** The conflict of a server-side apply: which fields somebody else set, and who. */
function managersConflict(causes: Causes): Problem {
  const errors = causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map(({ field, message }) => {
      // `conflict with "kubectl" with subresource "scale" using v1 at 2026-01-01T00:00:00Z`
      const manager = /^conflict with "((?:\\.|[^"\\])*)"/.exec(message ?? '')?.[1]
      const detail =
        manager === undefined ? 'is set by another field manager' : `is set by the field manager ${manager}`
      return { pointer: fieldPathToPointer(field ?? ''), detail }
    })
  const detail = 'Other field managers have set what this would change. Leave it out, or take it over with force=true.'
  return new Problem('field_conflict', detail, { errors })
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}

function retryAfter(headers: Headers, status: Status): { 'Retry-After': string } {
  const given = headers.get('Retry-After')
  const seconds = given !== null && /^\d{1,5}$/.test(given) ? given : status.details?.retryAfterSeconds
  return { 'Retry-After': String(seconds ?? RETRY_AFTER_SECONDS) }
}

function badRequest(status: Status): Problem {
  const message = status.message ?? ''
  const errors = strictDecodingErrors(message)
  if (errors.length > 0) return validationFailed(errors)
  if (/field label not supported/.test(message)) {
    const [, field] = /not supported: ([\w.-]{1,253})$/.exec(message) ?? []
    return new Problem('invalid_request', 'The field selector names a field that cannot be selected by.', {
      errors: [
        {
          pointer: '?fieldSelector',
          detail: `names ${field ?? 'a field'}, by which this kind cannot be selected; the reference has those by which it can`,
        },
      ],
    })
  }
  const selector = selectorError(message)
  if (selector !== undefined) return selector
  if (/continue/.test(message)) {
    return new Problem('invalid_request', 'The continue token is not one of this server.', {
      errors: [{ pointer: '?continue', detail: 'must be a token of an earlier answer, unchanged' }],
    })
  }
  return new Problem('invalid_request', 'The cluster could not read the request.', { cause: '400 from the API server' })
}

/** The problem of a selector that the API server cannot parse. */
function selectorError(message: string): Problem | undefined {
  const isLabels = /unable to parse requirement|couldn't parse the selector string/.test(message)
  if (!isLabels && !/^invalid (field )?selector: /.test(message)) return undefined
  return isLabels
    ? invalidQuery('labelSelector', 'must be a selector such as tier=gold,env in (test,prod)')
    : invalidQuery('fieldSelector', 'must be a selector such as metadata.name=edc')
}

/** The faults that `fieldValidation=Strict` finds; they stand only in the message. */
function strictDecodingErrors(message: string): FieldError[] {
  const start = message.lastIndexOf('strict decoding error: ')
  if (start < 0) return []
  return [...message.slice(start).matchAll(/(unknown|duplicate) field "([^"]*)"/g)].map(([, fault, path]) => ({
    pointer: fieldPathToPointer(path ?? ''),
    detail: fault === 'unknown' ? 'is not a field of this kind' : 'is given twice',
  }))
}

/**
 * The faults for which an apply cannot be merged. The API server takes them for its own (500), and tells them only in the
 * message: one after a colon, several in lines of their own.
 */
function typedPatchErrors(message: string): FieldError[] {
  const [, faults] = /^failed to create typed patch object \([^)]*\): (?:errors:\n {2})?(.*)$/s.exec(message) ?? []
  return (faults?.split(/\n {2}(?=\.)/) ?? []).map((fault) => {
    const [, unknown] = /^\.(.*): field not declared in schema$/s.exec(fault) ?? []
    if (unknown !== undefined) return { pointer: fieldPathToPointer(unknown), detail: 'is not a field of this kind' }
    // What follows shows the value.
    return { pointer: fieldPathToPointer(/^\.([\w.-]+): /.exec(fault)?.[1] ?? ''), detail: 'is not valid' }
  })
}

/** The causes that are faults: that others could not be looked for meanwhile is none, and is said of no field. */
function faults(causes: Causes): Causes {
  const real = causes.filter(({ message }) => !/: some validation rules were not checked because /.test(message ?? ''))
  return real.length > 0 ? real : causes
}

function fieldErrors(cause: { readonly message?: string; readonly field?: string }): FieldError[] {
  const message = cause.message ?? ''
  const strict = strictDecodingErrors(message)
  if (strict.length > 0) return strict
  // What a change cannot be made to at all is said of the patch, which no client has sent.
  const field = cause.field === 'patch' ? '' : (cause.field ?? '')
  return [{ pointer: fieldPathToPointer(field), detail: withoutValue(message) }]
}

/**
 * The rule of a cause's message, without the value that broke it: the value may be a secret in the wrong place.
 * The messages are `<fault>: <value>: <rule>` or `<fault>: <rule>`, the value printed as Go or JSON does.
 */
function withoutValue(message: string): string {
  const fault =
    /^(Invalid value|Unsupported value|Duplicate value|Not found|Too long|Too many|Internal error|Required value|Forbidden)(?:: |$)/.exec(
      message,
    )
  if (fault === null) return 'is not accepted by the cluster'
  const rest = message.slice(fault[0].length)
  switch (fault[1]) {
    case 'Required value':
      return rest === '' ? 'is required' : rest
    case 'Forbidden':
      return rest === '' ? 'is not allowed here' : rest
    case 'Duplicate value':
      return 'is given twice'
    case 'Internal error':
      return 'could not be checked by the cluster'
    case 'Too long':
    case 'Too many':
      return `is too ${fault[1] === 'Too long' ? 'long' : 'many'}: ${rest.slice(valueEnd(rest))}`
    default: {
      const rule = rest.slice(valueEnd(rest))
      return rule === '' ? 'is not valid' : rule.replace(/^spec(\.\S+)? in body /, '')
    }
  }
}

/** Where the printed value at the start of `text` ends, its `: ` included; 0 if there is none. */
function valueEnd(text: string): number {
  const value = /^("(\\.|[^"\\])*"|[{[].*[}\]]|[^\s:]+)(: |$)/s.exec(text)
  return value === null ? 0 : value[0].length
}
