/**
 * `npm run test:fuzz` sends valid and invalid requests made from the OpenAPI document to the local server, as several callers. Every
 * answer must be documented, and none may be a failure of the server.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Bundle, bundleFunctions } from '../../infra/bundle/bundle.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { demoToken } from '../../infra/local/issuer/tokens.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { seedObjects } from '../../infra/local/seed.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import { commandLine, numberOf } from '../cluster/harness/command-line.ts'
import { RUNTIME } from '../runtime.ts'
import { type Count, countReport, type Report } from './report.ts'
import { schemathesis } from './tool.ts'

/** The callers; `nobody` has no token. */
const CALLERS = ['platform-admin', 'acme-viewer', 'nobody'] as const
/** Kinds of requests: examples, boundary values, random values, sequences. */
const PHASES = 'examples,coverage,fuzzing,stateful'
/** Random requests per operation. */
const EXAMPLES = 8
/** How often a name is that of an existing object. */
const KNOWN = 0.8
/** Minimum number of cases in a whole run. */
const LEAST_CASES = 20_000
/** Paths that are tested with all boundary values; the other kinds have the same handlers. */
const SAMPLES = '^/(?!v1/)|/connectors|/v1/cells|/v1/organizations(/[{]name[}].*)?$|/apply$|/v1/me$|/permissions$'

const USAGE = `usage: npm run test:fuzz -- [options]

Sends valid and invalid requests made from the OpenAPI document. SERVER_BINARY replaces Miniflare.
  --seed N        repeats a run
  --examples N    random requests for each operation (default: ${EXAMPLES})
  --full          adds the boundary values of kinds that differ only in their fields
  --as NAME       runs as one caller: ${CALLERS.join(', ')}
  --only REGEX    limits the paths
  --phases NAMES  kinds of requests (default: ${PHASES})`

const options = commandLine(USAGE, {
  seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  examples: { type: 'string', default: String(EXAMPLES) },
  full: { type: 'boolean', default: false },
  as: { type: 'string' },
  only: { type: 'string' },
  phases: { type: 'string', default: PHASES },
})
for (const name of ['seed', 'examples'] as const) numberOf(name, options[name], 1)

async function main(directory: string): Promise<boolean> {
  const program = schemathesis()
  const config = join(directory, 'schemathesis.toml')
  writeFileSync(config, await configuration())
  const bundles = await bundleFunctions({ out: join(directory, 'functions') })
  console.log(`seed ${options.seed}`)
  const callers = CALLERS.filter((name) => options.as === undefined || options.as === name)
  const counts = await Promise.all(
    callers.map(async (caller) => {
      const { count, output } = await runAs(caller, { program, config, directory, bundles })
      console.log(`\n=== ${caller}\n${output}`)
      console.log(`${caller}: ${count.cases} cases, ${count.passed} passed, ${count.failed} failed`)
      return count
    }),
  )
  const total = (of: keyof Count): number => counts.reduce((sum, count) => sum + count[of], 0)
  const isWhole = options.as === undefined && options.only === undefined && options.phases === PHASES
  const isShort = isWhole && total('cases') < LEAST_CASES
  if (isShort) console.log(`fewer than ${LEAST_CASES} cases, which counts as a failure`)
  const failed = total('failed') + Number(isShort)
  console.log(`${total('cases')} cases`)
  console.log(`${total('passed')} passed, ${failed} failed`)
  return failed === 0
}

/** Returns the settings with the names of existing objects, since requests for absent ones show little. */
async function configuration(): Promise<string> {
  const common = readFileSync(join(PROJECT, 'tests', 'fuzz', 'schemathesis.toml'), 'utf8')
  const objects = await seedObjects()
  const dictionaries: string[] = []
  const operations: string[] = []
  for (const [plural, { kind }] of Object.entries(KINDS)) {
    const names = [...new Set(objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name))]
    if (names.length === 0) continue
    dictionaries.push(`[dictionaries.${plural}]\nvalues = ${JSON.stringify(names)}`)
    operations.push(
      `[[operations]]\ninclude-path-regex = '/${plural}/[{]name[}]'\n` +
        `parameters."path.name" = { dictionary = '${plural}', probability = ${KNOWN} }`,
    )
  }
  const samples = `[[operations]]\nexclude-path-regex = '${SAMPLES}'\nphases.coverage.enabled = false`
  return [common, ...dictionaries, ...operations, ...(options.full ? [] : [samples])].join('\n\n')
}

interface Run {
  readonly program: string
  readonly config: string
  readonly directory: string
  readonly bundles: readonly Bundle[]
}

/** Runs as one caller with a new server, so that runs do not affect each other. */
async function runAs(
  caller: (typeof CALLERS)[number],
  { program, config, directory, bundles }: Run,
): Promise<{ count: Count; output: string }> {
  const outages: string[] = []
  const onLine = (line: string): void => {
    if (/"event":"decision".*"status":5\d\d/.test(line)) outages.push(line)
  }
  const local = await startLocal({ speed: 8, bundles, runtime: RUNTIME, onLine })
  try {
    forget(local)
    const report = join(directory, `${caller}.json`)
    const authorization =
      caller === 'nobody'
        ? []
        : ['--header', `Authorization: Bearer ${await demoToken(local.issuer?.url ?? '', caller)}`]
    const child = spawn(
      program,
      [
        ...['--config-file', config, 'run', `${local.url}/openapi.json`, ...authorization],
        ...['--seed', options.seed, '--max-examples', options.examples, '--no-color'],
        ...(options.only === undefined ? [] : ['--include-path-regex', options.only]),
        ...['--phases', options.phases],
        ...['--report', 'json', '--report-json-path', report],
      ],
      {
        cwd: directory,
        env: {
          ...process.env,
          SCHEMATHESIS_HOOKS: 'hooks',
          PYTHONPATH: join(PROJECT, 'tests', 'fuzz'),
          PYTHONDONTWRITEBYTECODE: '1',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const count = countReport(JSON.parse(readFileSync(report, 'utf8')) as Report, outages.length)
    return { count, output: [output, ...outages].join('\n') }
  } finally {
    await local.stop()
  }
}

/** Keeps the embedded cluster from recording every request. */
function forget({ cluster }: Local): void {
  if (cluster === undefined) return
  cluster.intercept = () => {
    cluster.requests.length = 0
    return undefined
  }
}

const directory = mkdtempSync(join(tmpdir(), 'kaphera-fuzz-'))
try {
  process.exitCode = (await main(directory)) ? 0 : 1
} catch (error) {
  console.error(error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
