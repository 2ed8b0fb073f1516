/**
 * `npm run cluster`: the real parts for a developer to use by hand.
 * @module
 */
import { SERVICE_ACCOUNT, USERS } from '../../infra/local/issuer/identities.ts'
import { secondsSince } from './progress.ts'
import { MissingRequirement } from './requirement.ts'
import { type RealParts, startRealParts } from './surroundings.ts'

/** Starts the parts, tells how to use them and stays until Ctrl-C, which ends them too (processes.ts). */
async function main(): Promise<number> {
  const start = performance.now()
  console.log('starting …')
  const parts = await startRealParts({ speed: 1 })
  console.log(`${banner(parts)}\n\nReady after ${secondsSince(start)}. Ctrl-C ends everything; nothing is kept.`)
  return new Promise(() => {
    // A timer keeps the process alive; the children alone would, too, but only as long as all of them run.
    setInterval(() => {}, 1 << 30)
  })
}

function banner({ apiServer, keycloak, caFile, seeded, env: { SSL_CERT_FILE: _, ...env } }: RealParts): string {
  const kubectl = `${apiServer.kubectl} --kubeconfig ${apiServer.kubeconfig}`
  const settings = Object.entries(env).map(([name, value]) => `${name}='${value}'`)
  const people = USERS.map(({ name }) => name).join(', ')
  return [
    '',
    'Real parts on loopback',
    `  API server   ${apiServer.url}, ${seeded} objects seeded; stand-ins move them`,
    `  kubeconfig   ${apiServer.kubeconfig}`,
    `  authority    ${caFile}`,
    `  issuer       ${keycloak.issuer}`,
    `  users        ${people} (each name is the password), ${SERVICE_ACCOUNT} (client, secret ${SERVICE_ACCOUNT}-secret)`,
    `  logs         ${apiServer.logFile}, ${keycloak.logFile}`,
    '',
    'Look into the cluster:',
    `  ${kubectl} get connectors -A`,
    '',
    'Start the server before it, in another terminal, and sign in:',
    `  ${settings.join(' ')} npm start -- --kubeconfig ${apiServer.kubeconfig}`,
    '  TOKEN=$(npm run -s token -- acme-operator)',
    '  curl -s -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8787/v1/organizations/acme/connectors?view=summary',
  ].join('\n')
}

try {
  process.exitCode = await main()
} catch (error) {
  // What is missing is one line; anything else is a defect, and its stack helps.
  console.error(error instanceof MissingRequirement ? error.message : error)
  process.exitCode = 1
}
