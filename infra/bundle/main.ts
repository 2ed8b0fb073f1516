/**
 * The commands of `node build.mjs`.
 * @module
 */
import { join } from 'node:path'
import { renderCommand } from '../knative/render.ts'
import { compileServer } from '../workerd/compile.ts'
import { buildAll } from './build.ts'
import { bundleFunctions } from './bundle.ts'
import { generateSchemas, staleSchemas } from './generate/generate.ts'
import { baselineFaults, writeBaseline } from './openapi/baseline.ts'
import { makeDocument } from './openapi/document.ts'
import { PROJECT } from './project.ts'
import { overBudget, sizeTable } from './report.ts'

/** A command: what it does for the usage text, and how. Throws when it fails. */
interface Command {
  readonly summary: string
  run(args: readonly string[]): Promise<void>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  build: { summary: 'bundle every function into dist/ and print what it weighs (default)', run: build },
  generate: { summary: 'write shared/schemas: a type and a schema for each CRD of infra/crds', run: generate },
  baseline: { summary: 'take the API as it is for the one that must stay compatible', run: baseline },
  check: { summary: 'fail if shared/schemas or the baseline is stale, or the API breaks clients', run: check },
  render: {
    summary: 'print an installation as YAML: Knative Services, or one Deployment (render --help)',
    run: renderCommand,
  },
  compile: { summary: 'build, then compile the single binary dist/kaphera-cloud-server', run: compile },
}

/**
 * Runs a command line.
 * @param argv - The arguments after the program's name
 * @returns The exit code: 0 done, 1 failed, 2 not understood
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = 'build', ...args] = argv
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(usage())
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
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
  return ['Usage: node build.mjs [command]', '', ...lines].join('\n')
}

async function build(): Promise<void> {
  const { bundles } = await buildAll()
  console.log(sizeTable(bundles))
  const faults = overBudget(bundles)
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

async function compile(): Promise<void> {
  await build()
  const out = join(PROJECT, 'dist', 'kaphera-cloud-server')
  await compileServer(join(PROJECT, 'dist', 'workerd', 'config.capnp'), out)
  console.log(out)
}

async function generate(): Promise<void> {
  console.log((await generateSchemas()).map((name) => `shared/schemas/${name}`).join('\n'))
}

async function check(): Promise<void> {
  const faults = await staleSchemas()
  if (faults.length > 0) throw new Error(`${faults.join('\n')}\nRun "node build.mjs generate".`)
  const changes = await baselineFaults(await makeDocument(await bundleFunctions()))
  if (changes.length > 0) throw new Error(`${changes.join('\n')}\nRun "node build.mjs baseline".`)
}

async function baseline(): Promise<void> {
  await writeBaseline(await makeDocument(await bundleFunctions()))
}
