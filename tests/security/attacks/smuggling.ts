/**
 * Requests that servers and proxies read differently, as raw bytes. The hidden request is one that only a wrong reading finds, so its
 * answer is the sign of a successful attack. Methods that Bun's parser does not know close the connection without an answer.
 */

/** A request as raw bytes, each character one byte. */
export interface RawRequest {
  readonly name: string
  readonly bytes: string
  /** The status of each answer. None means that the connection is closed without an answer. */
  readonly statuses: readonly number[]
}

const HOST = 'Host: api.example.com\r\n'
/** The visible request: without a token its answer is 401. */
const POST = `POST /v1/me HTTP/1.1\r\n${HOST}`
const GET = `GET /v1/me HTTP/1.1\r\n${HOST}`
/** Its answer is the only 200. */
const HIDDEN = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
/** A chunked body that ends at once, and what would be its rest by its length. */
const ENDED = `0\r\n\r\n${HIDDEN}`

/** A length that covers the hidden request, whatever is written before the number. */
const LENGTH = HIDDEN.length

const table: Record<string, Record<string, readonly [bytes: string, ...statuses: number[]]>> = {
  'two framings': {
    'a length, then chunks': [`${POST}Content-Length: 6\r\n${CHUNKED}\r\n${ENDED}`, 400],
    'chunks, then a length': [`${POST}${CHUNKED}Content-Length: ${LENGTH}\r\n\r\n${ENDED}`, 400],
    'a length of zero and chunks': [`${POST}Content-Length: 0\r\n${CHUNKED}\r\n${ENDED}`, 400],
    'a length and an unknown coding': [`${POST}Content-Length: 5\r\nTransfer-Encoding: x\r\n\r\nhello${HIDDEN}`, 400],
    'a length and an empty coding': [`${POST}Content-Length: 5\r\nTransfer-Encoding:\r\n\r\nhello${HIDDEN}`, 400],
    'a length and an underscore in the coding': [
      `${POST}Content-Length: ${LENGTH}\r\nTransfer_Encoding: chunked\r\n\r\n${HIDDEN}`,
      401,
    ],
    'an underscore in the length': [`${POST}Content_Length: 5\r\n${CHUNKED}\r\n0\r\n\r\n`, 401],
  },
  'a coding': {
    chunked: [`${POST}${CHUNKED}\r\n5\r\nhello\r\n0\r\n\r\n`, 401],
    'in capitals': [`${POST}TRANSFER-ENCODING: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 401],
    'after a tab': [`${POST}Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n`, 401],
    'before blanks': [`${POST}Transfer-Encoding: chunked \t\r\n\r\n0\r\n\r\n`, 401],
    unknown: [`${POST}Transfer-Encoding: xchunked\r\n\r\n${ENDED}`, 400],
    identity: [`${POST}Transfer-Encoding: identity\r\n\r\n${HIDDEN}`, 400],
    empty: [`${POST}Transfer-Encoding:\r\n\r\n${HIDDEN}`, 400],
    'compressed and chunked': [`${POST}Transfer-Encoding: gzip, chunked\r\n\r\n${ENDED}`, 400],
    'chunked and then another': [`${POST}Transfer-Encoding: chunked, identity\r\n\r\n${ENDED}`, 400],
    'chunked twice': [`${POST}Transfer-Encoding: chunked, chunked\r\n\r\n${ENDED}`, 400],
    'chunked in two lines': [`${POST}${CHUNKED}${CHUNKED}\r\n${ENDED}`, 400],
    'two in two lines': [`${POST}${CHUNKED}Transfer-Encoding: identity\r\n\r\n${ENDED}`, 400],
    'two in two lines, chunked last': [`${POST}Transfer-Encoding: x\r\n${CHUNKED}\r\n${ENDED}`, 400],
    quoted: [`${POST}Transfer-Encoding: "chunked"\r\n\r\n${ENDED}`, 400],
    'with a parameter': [`${POST}Transfer-Encoding: chunked;q=1\r\n\r\n${ENDED}`, 400],
    'after a vertical tab': [`${POST}Transfer-Encoding: \x0bchunked\r\n\r\n${ENDED}`, 400],
    'after NUL': [`${POST}Transfer-Encoding: \0chunked\r\n\r\n${ENDED}`, 400],
    'before a blank and a colon': [`${POST}Transfer-Encoding : chunked\r\n\r\n${ENDED}`, 400],
    folded: [`${POST}Transfer-Encoding:\r\n chunked\r\n\r\n${ENDED}`, 400],
    'after a bare line feed': [`${POST}X-A: b\nTransfer-Encoding: chunked\r\n\r\n${ENDED}`, 400],
    'after a bare carriage return': [`${POST}X-A: b\rTransfer-Encoding: chunked\r\n\r\n${ENDED}`, 400],
    'in the first line after a blank': [
      `POST /v1/me HTTP/1.1\r\n Transfer-Encoding: chunked\r\n${HOST}\r\n${ENDED}`,
      400,
    ],
    'of HTTP/1.0': [`POST /v1/me HTTP/1.0\r\n${HOST}${CHUNKED}\r\n${ENDED}`, 400],
  },
  'a length': {
    'that is right': [`${POST}Content-Length: 5\r\n\r\nhello`, 401],
    'that covers the rest': [`${POST}Content-Length: ${LENGTH}\r\n\r\n${HIDDEN}`, 401],
    'of a GET': [`${GET}Content-Length: ${LENGTH}\r\n\r\n${HIDDEN}`, 401],
    'of a HEAD': [`HEAD /v1/me HTTP/1.1\r\n${HOST}Content-Length: ${LENGTH}\r\n\r\n${HIDDEN}`, 401],
    'of a DELETE': [`DELETE /v1/me HTTP/1.1\r\n${HOST}Content-Length: ${LENGTH}\r\n\r\n${HIDDEN}`, 401],
    'with zeros in front': [`${POST}Content-Length: 00005\r\n\r\nhello`, 401],
    'that is negative': [`${POST}Content-Length: -1\r\n\r\n${HIDDEN}`, 400],
    'with a plus': [`${POST}Content-Length: +${LENGTH}\r\n\r\n${HIDDEN}`, 400],
    'in hexadecimal digits': [`${POST}Content-Length: 0x5\r\n\r\nhello${HIDDEN}`, 400],
    'with a point': [`${POST}Content-Length: 5.0\r\n\r\nhello${HIDDEN}`, 400],
    'with an exponent': [`${POST}Content-Length: 5e0\r\n\r\nhello${HIDDEN}`, 400],
    'with an underscore': [`${POST}Content-Length: 5_0\r\n\r\nhello${HIDDEN}`, 400],
    'with a blank inside': [`${POST}Content-Length: 5 0\r\n\r\nhello${HIDDEN}`, 400],
    'with NUL': [`${POST}Content-Length: 5\0\r\n\r\nhello${HIDDEN}`, 400],
    'with a semicolon': [`${POST}Content-Length: 5;\r\n\r\nhello${HIDDEN}`, 400],
    empty: [`${POST}Content-Length:\r\n\r\n${HIDDEN}`, 400],
    'of 2^64 and 5': [`${POST}Content-Length: 18446744073709551621\r\n\r\nhello${HIDDEN}`, 400],
    'of 2^63': [`${POST}Content-Length: 9223372036854775808\r\n\r\nhello${HIDDEN}`, 400],
    'of 100 digits': [`${POST}Content-Length: ${'1'.repeat(100)}\r\n\r\nhello${HIDDEN}`, 400],
    'twice in a list': [`${POST}Content-Length: 5, 5\r\n\r\nhello${HIDDEN}`, 400],
    'twice in two lines': [`${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello${HIDDEN}`, 400],
    'and another in a list': [`${POST}Content-Length: 0, ${LENGTH}\r\n\r\n${HIDDEN}`, 400],
    'and another': [`${POST}Content-Length: 0\r\nContent-Length: ${LENGTH}\r\n\r\n${HIDDEN}`, 400],
    'and another, the larger first': [`${POST}Content-Length: ${LENGTH}\r\nContent-Length: 0\r\n\r\n${HIDDEN}`, 400],
    'before a blank and a colon': [`${POST}Content-Length : 5\r\n\r\nhello${HIDDEN}`, 400],
    'before a tab and a colon': [`${POST}Content-Length\t: 5\r\n\r\nhello${HIDDEN}`, 400],
    folded: [`${POST}Content-Length:\r\n 5\r\n\r\nhello${HIDDEN}`, 400],
  },
  'a chunk': {
    'with an extension': [`${POST}${CHUNKED}\r\n5;name=value\r\nhello\r\n0\r\n\r\n`, 401],
    'with a quoted extension': [`${POST}${CHUNKED}\r\n5;name="a;b"\r\nhello\r\n0\r\n\r\n`, 401],
    'with a line feed in its extension': [`${POST}${CHUNKED}\r\n5;a\n\r\nhello\r\n${ENDED}`, 400],
    'with a carriage return in its extension': [`${POST}${CHUNKED}\r\n5;a\rb\r\nhello\r\n${ENDED}`, 400],
    'with NUL in its extension': [`${POST}${CHUNKED}\r\n5;a\0\r\nhello\r\n${ENDED}`, 400],
    'with an extension of 64 KB': [`${POST}${CHUNKED}\r\n5;${'a'.repeat(65_536)}\r\nhello\r\n${ENDED}`, 413],
    'with capital digits': [`${POST}${CHUNKED}\r\nA\r\nhellohello\r\n0\r\n\r\n`, 401],
    'with zeros in front': [`${POST}${CHUNKED}\r\n0005\r\nhello\r\n0\r\n\r\n`, 401],
    'with a prefix': [`${POST}${CHUNKED}\r\n0x5\r\nhello\r\n${ENDED}`, 400],
    'with a plus': [`${POST}${CHUNKED}\r\n+5\r\nhello\r\n${ENDED}`, 400],
    'with a minus': [`${POST}${CHUNKED}\r\n-5\r\nhello\r\n${ENDED}`, 400],
    'with a blank before its size': [`${POST}${CHUNKED}\r\n 5\r\nhello\r\n${ENDED}`, 400],
    'with a blank after its size': [`${POST}${CHUNKED}\r\n5 \r\nhello\r\n${ENDED}`, 400],
    'with an underscore': [`${POST}${CHUNKED}\r\n0_5\r\nhello\r\n${ENDED}`, 400],
    'without a size': [`${POST}${CHUNKED}\r\n\r\nhello\r\n${ENDED}`, 400],
    'with a size that is none': [`${POST}${CHUNKED}\r\ng\r\nhello\r\n${ENDED}`, 400],
    'of 2^64 and 5': [`${POST}${CHUNKED}\r\n10000000000000005\r\nhello\r\n${ENDED}`, 400],
    'of 2^64 - 1': [`${POST}${CHUNKED}\r\nFFFFFFFFFFFFFFFF\r\nhello\r\n${ENDED}`, 400],
    'that ends with a line feed': [`${POST}${CHUNKED}\r\n5\r\nhello\n${ENDED}`, 400],
    'whose size ends with a line feed': [`${POST}${CHUNKED}\r\n5\nhello\r\n${ENDED}`, 400],
    'whose size ends with a carriage return': [`${POST}${CHUNKED}\r\n5\rhello\r\n${ENDED}`, 400],
    'that is longer than its size': [`${POST}${CHUNKED}\r\n5\r\nhello!\r\n${ENDED}`, 400],
    'that does not end': [`${POST}${CHUNKED}\r\n5\r\nhello${ENDED}`, 400],
    'that is last, with an extension': [`${POST}${CHUNKED}\r\n0;a=b\r\n\r\n`, 401],
    'that is last, with two zeros': [`${POST}${CHUNKED}\r\n00\r\n\r\n`, 401],
    'that is last and ends with line feeds': [`${POST}${CHUNKED}\r\n0\n\n${HIDDEN}`, 400],
  },
  'a trailer': {
    'that is a header': [`${POST}${CHUNKED}\r\n0\r\nX-A: b\r\n\r\n`, 401, 400],
    'that is a length': [`${POST}${CHUNKED}\r\n0\r\nContent-Length: ${LENGTH}\r\n\r\n${HIDDEN}`, 401, 400],
    'that is a coding': [`${POST}${CHUNKED}\r\n0\r\n${CHUNKED}\r\n${ENDED}`, 401, 400],
    'that is a token': [`${POST}${CHUNKED}\r\n0\r\nAuthorization: Bearer x\r\n\r\n`, 401, 400],
    'that is a request': [`${POST}TE: trailers\r\n${CHUNKED}\r\n1\r\na\r\n0\r\n${HIDDEN}`, 401, 400],
    'that is a request after two characters': [`${POST}${CHUNKED}\r\n1\r\na\r\n0\r\nXX${HIDDEN}`, 401, 400],
  },
  'a line': {
    'that ends with a line feed': [`POST /v1/me HTTP/1.1\nHost: a\n\n${HIDDEN}`, 505],
    'of a header that ends with a line feed': [`${POST}X-A: b\n\r\n${HIDDEN}`, 400],
    'of headers that end with two line feeds': [`${POST}X-A: b\n\n${HIDDEN}`, 400],
    'with two carriage returns': [`${POST}X-A: b\r\r\n\r\n${HIDDEN}`, 400],
    'that is empty, before the request': [`\r\n${POST}Content-Length: 0\r\n\r\n`, 400],
    'that is folded': [`${POST}X-A: b\r\n c\r\n\r\n${HIDDEN}`, 400],
    'that is folded with a tab': [`${POST}X-A: b\r\n\tc\r\n\r\n${HIDDEN}`, 400],
    'without a colon': [`${POST}X-A\r\n\r\n${HIDDEN}`, 400],
    'without a name': [`${POST}: b\r\n\r\n${HIDDEN}`, 400],
    'with a blank in the name': [`${POST}X A: b\r\n\r\n${HIDDEN}`, 400],
    'with NUL in the name': [`${POST}X\0A: b\r\n\r\n${HIDDEN}`, 400],
    'with NUL in the value': [`${POST}X-A: b\0\r\n\r\n${HIDDEN}`, 400],
    'with a letter beyond ASCII in the name': [`${POST}X-\xe9: b\r\n\r\n${HIDDEN}`, 400],
    'with parentheses in the name': [`${POST}X(A): b\r\n\r\n${HIDDEN}`, 400],
    'with a request in its value': [
      `${POST}X-A: ${HIDDEN.replaceAll('\r\n', '\r ')}\r\nContent-Length: 0\r\n\r\n`,
      400,
    ],
    'of 100 KB': [`${POST}X-A: ${'a'.repeat(100_000)}\r\n\r\n${HIDDEN}`, 431],
    'of 16 KB': [`${POST}X-A: ${'a'.repeat(20_000)}\r\n\r\n${HIDDEN}`, 431],
  },
  'a request line': {
    'of HTTP/0.9': [`GET /healthz\r\n\r\n`, 505],
    'of HTTP/0.9 with a version': [`GET /v1/me HTTP/0.9\r\n${HOST}\r\n${HIDDEN}`, 505],
    'of HTTP/1.0': [`GET /v1/me HTTP/1.0\r\n${HOST}\r\n${HIDDEN}`, 401],
    'of HTTP/1.0 that asks for more': [`GET /v1/me HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n${HIDDEN}`, 401],
    'of HTTP/1.0 without a host': [`GET /healthz HTTP/1.0\r\n\r\n`, 200],
    'of HTTP/1.2': [`GET /v1/me HTTP/1.2\r\n${HOST}\r\n${HIDDEN}`, 505],
    'of HTTP/2': [`GET /v1/me HTTP/2.0\r\n${HOST}\r\n${HIDDEN}`, 505],
    'of HTTP/2, as its preface': [`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`, 400],
    'of no version': [`GET /v1/me HTTP/\r\n${HOST}\r\n${HIDDEN}`, 505],
    'of http in small letters': [`GET /v1/me http/1.1\r\n${HOST}\r\n${HIDDEN}`, 505],
    'with more after the version': [`GET /v1/me HTTP/1.1 x\r\n${HOST}\r\n${HIDDEN}`, 505],
    'with two blanks': [`GET  /v1/me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 400],
    'with tabs': [`GET\t/v1/me\tHTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 505],
    'with a blank in the target': [`GET /v1 /me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 505],
    'with NUL in the target': [`GET /v1/me\0 HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 505],
    'with a line feed in the target': [`GET /v1/\nme HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 505],
    'without a target': [`GET HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 400],
    'with an absolute target': [`GET http://api.example.com/v1/me HTTP/1.1\r\n${HOST}\r\n`, 401],
    'with an absolute target elsewhere': [`GET http://other.example:81/v1/me HTTP/1.1\r\n${HOST}\r\n`, 401],
    'with another scheme': [`GET ftp://api.example.com/v1/me HTTP/1.1\r\n${HOST}\r\n`, 400],
    'with a star': [`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 400],
    'with a name': [`GET healthz HTTP/1.1\r\n${HOST}\r\n`, 400],
    'with a fragment': [`GET /v1/me#${HIDDEN.slice(4, 12)} HTTP/1.1\r\n${HOST}\r\n`, 401],
    'of a tunnel': [`CONNECT other.example:443 HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 400],
    'with a method that is not used': [`PURGE /v1/me HTTP/1.1\r\n${HOST}\r\n`, 401],
    'with a method of WebDAV': [`PROPFIND /healthz HTTP/1.1\r\n${HOST}\r\n`, 405],
    'with a method that the path does not have': [`PURGE /healthz HTTP/1.1\r\n${HOST}\r\n`, 405],
    'with a method of another protocol': [`M-SEARCH /v1/me HTTP/1.1\r\n${HOST}\r\n`, 401],
    'with a method that nobody knows': [`BREW /v1/me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`],
    'with a method for debugging': [`TRACK /v1/me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`],
    'with a method in small letters': [`get /v1/me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`],
    'with NUL in the method': [`G\0ET /v1/me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 505],
    'with a letter beyond ASCII in the method': [`G\xc9T /v1/me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, 505],
    'with a method of 1000 letters': [`${'A'.repeat(1000)} /v1/me HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`],
  },
  'a host': {
    absent: [`GET /v1/me HTTP/1.1\r\n\r\n${HIDDEN}`, 400],
    empty: [`GET /v1/me HTTP/1.1\r\nHost:\r\n\r\n`, 400],
    twice: [`${GET}Host: other.example\r\n\r\n`, 400],
    'with a path': ['GET /v1/me HTTP/1.1\r\nHost: api.example.com/x\r\n\r\n', 400],
    'with a user': ['GET /v1/me HTTP/1.1\r\nHost: u:p@api.example.com\r\n\r\n', 400],
    'with a blank': ['GET /v1/me HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  },
  'a connection': {
    'with two requests': [`${GET}\r\n${HIDDEN}`, 401, 200],
    'with three requests, the second with a body': [
      `${HIDDEN}POST /healthz HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc${GET}\r\n`,
      200,
      405,
      401,
    ],
    'that is closed after the first request': [`${GET}Connection: close\r\n\r\n${HIDDEN}`, 401],
    'that calls the length a matter of the connection': [
      `${POST}Connection: Content-Length\r\nContent-Length: ${LENGTH}\r\n\r\n${HIDDEN}`,
      401,
    ],
    'that calls the token a matter of the connection': [`${GET}Connection: Authorization, Host\r\n\r\n`, 401],
    'that becomes HTTP/2': [
      `${GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n`,
      401,
    ],
    'that becomes a web socket': [
      `${GET}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      401,
    ],
    'that expects to continue': [`${POST}Expect: 100-continue\r\nContent-Length: ${LENGTH}\r\n\r\n${HIDDEN}`, 100, 401],
    'that waits to continue': [`${POST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`, 100],
    'that expects something else': [
      `${POST}Expect: ${HIDDEN.slice(0, 3)}\r\nContent-Length: ${LENGTH}\r\n\r\n${HIDDEN}`,
      401,
    ],
    'whose body never comes': [`${POST}Content-Length: 5\r\n\r\nhel`],
  },
}

/** All requests. */
export const REQUESTS: readonly RawRequest[] = Object.entries(table).flatMap(([what, rows]) =>
  Object.entries(rows).map(([name, [bytes, ...statuses]]) => ({ name: `${what} ${name}`, bytes, statuses })),
)
