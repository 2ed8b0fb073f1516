/**
 * `PATCH …/{name}`.
 */
import { type BodyType, bodyType, readBody } from '../../http/body.ts'
import { mustCreate, parseCondition, refuseIfConditional } from '../../http/condition.ts'
import { negotiate } from '../../http/negotiate.ts'
import { applyOptions, writeOptions } from '../../http/write-options.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import { warn } from '../../server/warnings.ts'
import type { Resource } from '../declaration.ts'
import { collectionOf } from '../locate.ts'
import { jsonPatch } from '../patch/json-patch.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { present } from '../present.ts'
import { answerWrite } from './answer-write.ts'
import { apply } from './apply.ts'
import { withHidden } from './hidden.ts'
import { receive } from './receive.ts'
import { failIfOther } from './same-object.ts'
import { change, manifestOf } from './write.ts'

/** Media types of patches, for `Accept-Patch`. */
const PATCHES = [
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+json',
] as const satisfies BodyType[]

const PATCH = verb('patch')

/** Whether an apply created, configured or left the object unchanged. */
const RESULT_HEADER = 'X-Apply-Result'

/**
 * Patches an object: JSON Merge Patch (RFC 7396), JSON Patch (RFC 6902), or server-side apply, which creates as well.
 * @throws {Problem} `unsupported_media_type` with Accept-Patch (RFC 5789), `precondition_failed` …
 */
export async function patch(call: Call, resource: Resource): Promise<Response> {
  const found = await collectionOf(call, resource, PATCH)
  const as = negotiate(call.request)
  const type = bodyType(call.request, PATCHES, 'Accept-Patch')
  const applying = type.startsWith('application/apply-patch') ? applyOptions(call.url) : undefined
  const options = applying ?? writeOptions(call.url)
  const condition = parseCondition(call.request, 'If-Match')
  const creates = applying !== undefined && mustCreate(call.request)
  if (!creates) refuseIfConditional(call.request)
  const { body, collection } = await receive(found.dryRun(options.dryRun), () => readBody(call, PATCHES))
  if (isAboutStatus(body)) warn(call, 'status: ignored, because only operators write it')
  if (applying !== undefined) {
    const { result, ...applied } = await apply({ collection, body, condition, creates, force: applying.force })
    const answer = await answerWrite({ collection, as, options, ...applied })
    answer.headers.set(RESULT_HEADER, result)
    return answer
  }
  const make = type === 'application/json-patch+json' ? await shownPatcher(resource, body) : mergePatcher(body)
  const changed = await change({ collection, condition, operation: PATCH, make })
  return answerWrite({ collection, as, options, ...changed })
}

/** Whether a patch is meant to change the status. PUT has no warning of it: in a whole object it is what the client has read. */
function isAboutStatus(body: unknown): boolean {
  // Programs with types write an empty one.
  const isEmpty = (status: unknown): boolean => isObject(status) && Object.keys(status).length === 0
  if (!Array.isArray(body)) return isObject(body) && body.status !== undefined && !isEmpty(body.status)
  const isOfStatus = (path: unknown): boolean => typeof path === 'string' && /^\/status(\/|$)/.test(path)
  const isChange = ({ op, path, from }: JsonObject): boolean =>
    op !== 'test' && (isOfStatus(path) || (op === 'move' && isOfStatus(from)))
  return body.filter(isObject).some(isChange)
}

function mergePatcher(body: unknown): (current: KubeObject) => JsonObject {
  const merge = manifestOf(body)
  return (current) => {
    failIfOther(body, current)
    return applyMergePatch(current, merge) as JsonObject
  }
}

/** A JSON Patch works on what the client can see, because `test` and `copy` would reveal anything else. */
async function shownPatcher(resource: Resource, body: unknown) {
  const patcher = await jsonPatch(body)
  return (current: Parameters<typeof present>[0]): JsonObject =>
    withHidden(patcher(present(structuredClone(current), resource.secretFields)), current, resource.secretFields)
}
