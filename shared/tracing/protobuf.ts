/**
 * The binary form of the messages that are exported (Protocol Buffers, opentelemetry/proto/trace/v1/trace.proto).
 * @see {@link https://protobuf.dev/programming-guides/encoding/}
 */

/** How a field is written: a scalar type, or the fields of a message. */
type Type = 'string' | 'hex' | 'varint' | 'fixed32' | 'fixed64' | Message
/** Number and type of each field, by its name in JSON. */
interface Message {
  readonly [field: string]: readonly [number: number, type: Type]
}

const KEY_VALUE: Message = { key: [1, 'string'], value: [2, { stringValue: [1, 'string'], intValue: [3, 'varint'] }] }
const SPAN: Message = {
  traceId: [1, 'hex'],
  spanId: [2, 'hex'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'hex'],
  name: [5, 'string'],
  kind: [6, 'varint'],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, KEY_VALUE],
  status: [15, { message: [2, 'string'], code: [3, 'varint'] }],
  flags: [16, 'fixed32'],
}
/** Of an `ExportTraceServiceRequest`. */
const REQUEST: Message = {
  resourceSpans: [
    1,
    {
      resource: [1, { attributes: [1, KEY_VALUE] }],
      scopeSpans: [2, { scope: [1, { name: [1, 'string'] }], spans: [2, SPAN] }],
    },
  ],
}

/** Encodes a request, given in the form of the JSON mapping. */
export function encodeRequest(request: object): Uint8Array {
  return encode(REQUEST, request)
}

function encode(message: Message, value: object): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [name, given] of Object.entries(value)) {
    const [number, type] = message[name] ?? []
    if (number === undefined || type === undefined) throw new TypeError(`the message has no field ${name}`)
    for (const one of Array.isArray(given) ? given : [given]) parts.push(...field(number, type, one))
  }
  return joined(parts)
}

/** Tag and value of a field. */
function field(number: number, type: Type, value: string | number | object): Uint8Array[] {
  const tag = (wireType: number): Uint8Array => varint(BigInt((number << 3) | wireType))
  switch (type) {
    case 'varint':
      return [tag(0), varint(BigInt(value as string | number))]
    case 'fixed64':
      return [tag(1), fixed(8, BigInt(value as string))]
    case 'fixed32':
      return [tag(5), fixed(4, BigInt(value as number))]
    default: {
      const bytes = lengthDelimited(type, value)
      return [tag(2), varint(BigInt(bytes.length)), bytes]
    }
  }
}

function lengthDelimited(type: 'string' | 'hex' | Message, value: string | number | object): Uint8Array {
  if (type === 'string') return new TextEncoder().encode(value as string)
  if (type !== 'hex') return encode(type, value as object)
  return Uint8Array.from((value as string).match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

/** Seven bits a byte, the lowest first. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80)
  return Uint8Array.of(...bytes, Number(value))
}

function fixed(size: number, value: bigint): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** What a collector says it did not take. */
export interface PartialSuccess {
  readonly rejectedSpans?: number | string
  readonly errorMessage?: string
}

/** Decodes the `partial_success` of an `ExportTraceServiceResponse`. */
export function decodePartialSuccess(bytes: Uint8Array): PartialSuccess {
  const [, partial] = fieldsOf(bytes).find(([number]) => number === 1) ?? []
  if (!(partial instanceof Uint8Array)) return {}
  const fields = new Map(fieldsOf(partial))
  const [rejected, message] = [fields.get(1), fields.get(2)]
  return {
    ...(typeof rejected === 'number' && { rejectedSpans: rejected }),
    ...(message instanceof Uint8Array && { errorMessage: new TextDecoder().decode(message) }),
  }
}

/** Bytes of fields without a length, by wire type. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/** The fields of a message: numbers, or the bytes of what has a length. */
function fieldsOf(bytes: Uint8Array): [number: number, value: number | Uint8Array][] {
  const fields: [number, number | Uint8Array][] = []
  let at = 0
  const readVarint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at]
      if (byte === undefined) throw new RangeError('the message is cut off')
      at += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = readVarint()
    const wireType = tag & 7
    if (wireType === 0) fields.push([tag >> 3, readVarint()])
    else {
      const length = wireType === 2 ? readVarint() : FIXED[wireType]
      if (length === undefined) throw new RangeError('the message has an unknown type')
      fields.push([tag >> 3, bytes.subarray(at, at + length)])
      at += length
    }
  }
  return fields
}
