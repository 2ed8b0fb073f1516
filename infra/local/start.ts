/**
 * `npm start`: the whole server on this machine.
 */
import { constants } from 'node:os'
import { buildAll } from '../bundle/build.ts'
import { readArguments, USAGE, UsageError } from './arguments.ts'
import { banner } from './banner.ts'
import { type Local, startLocal } from './local.ts'
import { isPortFree } from './loopback.ts'

/** Environment variables that functions would see but do not: they are for servers that others reach. */
const KEPT_BACK: readonly string[] = ['PUBLIC_URL', 'FUNCTION_HOST']

/** Ctrl-C, `kill`, and the end of the terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Milliseconds in which a signal counts as the same: npm passes on what the terminal has already sent to all processes. */
const ECHO_MS = 500

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE)
    return 0
  }
  const { port, state, kubeconfig, context, edition } = readArguments(args, process.env)
  if (port !== 0 && !(await isPortFree(port))) {
    console.error(`Port ${port} of 127.0.0.1 is in use. Choose another: PORT=${port + 1} npm start`)
    return 1
  }
  console.log('starting …')
  const local = await startLocal({
    ...(await buildAll({ edition })),
    port,
    state,
    console: true,
    kubeconfig: kubeconfig === undefined ? undefined : { file: kubeconfig, context },
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !KEPT_BACK.includes(name))),
    onLine: process.env.LOG === '1' ? console.log : undefined,
  })
  console.log(banner(local))
  await interrupted()
  console.log('\nstopping …')
  await stopWithin(local, 5_000)
  return 0
}

/** Resolves when a signal asks to stop. From then on another one ends the process at once. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    let since: number | undefined
    for (const signal of SIGNALS) {
      // Miniflare's own listeners end the process before anything is saved.
      process.removeAllListeners(signal).on(signal, () => {
        since ??= performance.now()
        if (performance.now() - since > ECHO_MS) process.exit(128 + constants.signals[signal])
        resolve()
      })
    }
  })
}

async function stopWithin(local: Local, milliseconds: number): Promise<void> {
  const late = setTimeout(() => process.exit(1), milliseconds)
  await local.stop()
  clearTimeout(late)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof UsageError) console.error(`\n${USAGE}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
