/**
 * The commands of `node build.mjs`.
 */
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { chartCommand } from '../helm/chart.ts'
import { RENDER_USAGE, renderCommand } from '../knative/render.ts'
import { compileServer } from '../runtimes/bun/compile.ts'
import { type Build, buildAll } from './build.ts'
import { bundleFunctions } from './bundle.ts'
import { EDITION_OPTIONS, EDITION_USAGE, type Edition, editionOf, SELF_HOSTED } from './edition.ts'
import { generateSchemas, schemasOf, staleSchemas } from './generate/generate.ts'
import { checkBaseline, writeBaseline } from './openapi/baseline.ts'
import { makeDocument } from './openapi/document.ts'
import { overBudget, sizeTable } from './report.ts'

/** A command. `run` throws if it fails. */
interface Command {
  readonly summary: string
  /** What `--help` prints (default: the usage text of all commands). */
  readonly usage?: string
  run(args: readonly string[]): Promise<void>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  build: { summary: 'bundle every function into dist/ and print the sizes (default)', run: build },
  generate: { summary: 'write a type and a schema for each CRD: shared/schemas from infra/crds', run: generate },
  baseline: { summary: 'make the current API the baseline that later changes must not break', run: baseline },
  check: {
    summary: 'fail if schemas or the baseline are stale, or a change of the API breaks clients',
    run: check,
  },
  render: {
    summary: 'print an installation as YAML: Knative Services, or one Deployment (render --help)',
    usage: RENDER_USAGE,
    run: renderCommand,
  },
  chart: { summary: 'build, then write the Helm chart dist/chart/kaphera-cloud-server', run: chartCommand },
  compile: { summary: 'build, then compile the single binary dist/kaphera-cloud-server', run: compile },
}

/**
 * Runs a command line.
 * @param argv - The arguments after the program's name
 * @returns The exit code: 0 success, 1 failure, 2 unknown command
 */
export async function main(argv: readonly string[]): Promise<number> {
  // Options without a command are those of `build`.
  const [name = 'build', ...args] = argv[0]?.startsWith('--') ? ['build', ...argv] : argv
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (argv[0] === 'help' || argv.some((word) => word === '--help' || word === '-h')) {
    console.log(command?.usage ?? usage())
    return 0
  }
  if (command === undefined) {
    console.error(`build.mjs has no command "${name}"\n\n${usage()}`)
    return 2
  }
  try {
    await command.run(args)
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
}

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length))
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return ['Usage: node build.mjs [command] [options]', '', ...lines, EDITION_USAGE].join('\n')
}

/** The edition that the options of a command name. */
function edition(args: readonly string[]): Edition {
  return editionOf(parseArgs({ args: [...args], options: EDITION_OPTIONS }).values)
}

async function build(args: readonly string[]): Promise<void> {
  await checkedBuild(edition(args))
}

/** Builds an edition and prints the sizes of its functions. @throws {Error} if one is too large */
async function checkedBuild(edition: Edition): Promise<Build> {
  const built = await buildAll({ edition })
  console.log(sizeTable(built.bundles))
  const faults = overBudget(built.bundles)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return built
}

async function compile(args: readonly string[]): Promise<void> {
  const built = await checkedBuild(edition(args))
  const out = join(built.edition.out, 'kaphera-cloud-server')
  await compileServer(built, out)
  console.log(out)
}

async function generate(args: readonly string[]): Promise<void> {
  for (const options of await schemasOf(edition(args))) {
    for (const file of await generateSchemas(options)) console.log(relative('', file))
  }
}

async function check(args: readonly string[]): Promise<void> {
  const checked = edition(args)
  const faults: string[] = []
  for (const options of await schemasOf(checked)) {
    for (const fault of await staleSchemas(options)) faults.push(join(relative('', options.out), fault))
  }
  if (faults.length > 0) throw new Error(`${faults.join('\n')}\nRun "node build.mjs generate".`)
  const document = await makeDocument(await bundleFunctions({ edition: checked }), checked)
  await checkBaseline(document, checked.name !== SELF_HOSTED.name)
}

async function baseline(): Promise<void> {
  await writeBaseline(await makeDocument(await bundleFunctions()))
}
