// Entry point of the build. Starts on any Node from 20 on and runs again with the Node in node_modules, which runs TypeScript.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const NEEDED = 24

if (Number(process.versions.node.split('.', 1)[0]) < NEEDED) {
  const node = fileURLToPath(new URL('node_modules/node/bin/node', import.meta.url))
  const { error, status, signal } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' })
  if (error) {
    console.error(`The build needs Node ${NEEDED}, and ${node} does not start. Run "npm ci" first.`)
    process.exit(1)
  }
  if (signal) process.kill(process.pid, signal)
  process.exit(status ?? 1)
}

const { main } = await import('./infra/bundle/main.ts')
process.exitCode = await main(process.argv.slice(2))
