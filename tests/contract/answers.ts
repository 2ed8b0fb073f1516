/**
 * `node tests/contract/answers.ts FILE` lists which documented answers were seen by tests that ran with TRAFFIC_FILE=FILE.
 * An answer that was not seen needs a reason in unseen.yaml, and every reason must be needed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { buildAll } from '../../infra/bundle/build.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { textOf } from '../../infra/bundle/texts.ts'
import type { OpenApiDocument } from '../../shared/openapi/document.ts'

/** A documented operation with the statuses that were seen. */
interface Documented {
  /** Method and path, e.g. `GET /v1/me`. */
  readonly name: string
  readonly pattern: RegExp
  /** Number of fixed segments: the pattern with the most of them matches. */
  readonly fixed: number
  readonly statuses: readonly string[]
  readonly seen: Set<string>
}

/** Why an answer was not seen. */
interface Reason {
  readonly status: number
  /** Which operations, as a regular expression over method and path (default: all). */
  readonly operations?: string
  readonly reason: string
  /** Operation with the same code for this answer, where it must have been seen. */
  readonly seenAt?: string
}

async function main(file: string): Promise<boolean> {
  const { texts } = await buildAll()
  const document: OpenApiDocument = JSON.parse(textOf(texts, 'openapi.json'))
  const operations = documented(document)
  const strangers = match(operations, readFileSync(file, 'utf8').split('\n').filter(Boolean))
  const reasons = load(readFileSync(join(PROJECT, 'tests', 'contract', 'unseen.yaml'), 'utf8')) as Reason[]
  const gaps = operations.flatMap(({ name, statuses, seen }) =>
    statuses.filter((status) => !seen.has(status)).map((status) => ({ name, status })),
  )
  const isOf = ({ name, status }: (typeof gaps)[number], reason: Reason): boolean =>
    Number(status) === reason.status && new RegExp(reason.operations ?? '').test(name)
  const unexplained = gaps.filter((gap) => !reasons.some((reason) => isOf(gap, reason)))
  const needless = reasons.filter((reason) => !gaps.some((gap) => isOf(gap, reason)))
  const unproven = reasons.filter(({ seenAt, status }) => {
    const witness = operations.find(({ name }) => name === seenAt)
    return seenAt !== undefined && witness?.seen.has(String(status)) !== true
  })

  table(operations)
  for (const { name, status } of unexplained) console.log(`not seen, and without a reason: ${name} ${status}`)
  for (const { reason } of needless) console.log(`unneeded reason: ${reason}`)
  for (const { status, seenAt } of unproven) console.log(`${status} was not seen at ${seenAt} either`)
  for (const answer of strangers) console.log(`seen, but not documented: ${answer}`)
  const all = operations.reduce((sum, { statuses }) => sum + statuses.length, 0)
  console.log(
    `${all - gaps.length} of ${all} documented answers seen, ${gaps.length - unexplained.length} explained, ${unexplained.length} gaps`,
  )
  return unexplained.length + needless.length + unproven.length + strangers.length === 0
}

function documented({ paths }: OpenApiDocument): Documented[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Documented => {
      const name = `${method.toUpperCase()} ${path}`
      const segments = path.split('/')
      return {
        name,
        pattern: new RegExp(
          `^${segments.map((part) => (part.startsWith('{') ? '[^/]+' : RegExp.escape(part))).join('/')}$`,
        ),
        fixed: segments.filter((part) => !part.startsWith('{')).length,
        statuses: Object.keys((operation as { responses: object }).responses),
        seen: new Set(),
      }
    }),
  )
}

/**
 * Assigns the seen answers to their operations.
 * @returns Answers that are not documented
 */
function match(operations: readonly Documented[], lines: readonly string[]): string[] {
  const strangers = new Set<string>()
  for (const line of lines) {
    const [given = '', path = '', status = ''] = line.split(' ')
    const method = given === 'HEAD' ? 'GET' : given
    const [operation] = operations
      .filter(({ name, pattern }) => name.startsWith(`${method} `) && pattern.test(path))
      .sort((a, b) => b.fixed - a.fixed)
    if (operation?.statuses.includes(status)) operation.seen.add(status)
    else if (operation !== undefined) strangers.add(`${operation.name} ${status}`)
  }
  return [...strangers].sort()
}

/** Prints, for each status, how many operations document it and for how many it was seen. */
function table(operations: readonly Documented[]): void {
  const statuses = [...new Set(operations.flatMap((operation) => operation.statuses))].sort()
  console.log('status  documented  seen')
  for (const status of statuses) {
    const having = operations.filter((operation) => operation.statuses.includes(status))
    const seen = having.filter((operation) => operation.seen.has(status)).length
    console.log(`${status.padEnd(6)}  ${String(having.length).padStart(10)}  ${String(seen).padStart(4)}`)
  }
}

process.exitCode = (await main(process.argv[2] ?? '')) ? 0 : 1
