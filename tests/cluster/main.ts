/**
 * `npm run cluster` starts the real parts for a developer.
 */
import { SERVICE_ACCOUNT, USERS } from '../../infra/local/issuer/identities.ts'
import { noOptions } from './harness/command-line.ts'
import { secondsSince } from './harness/progress.ts'
import { MissingRequirement } from './harness/requirement.ts'
import { type RealParts, startRealParts } from './harness/surroundings.ts'

const USAGE = `usage: npm run cluster

Starts a real API server and a real Keycloak with the objects of npm start, and prints how to use them. The first time it downloads
their programs. Ctrl-C stops everything.`

/** Starts the parts, prints how to use them and runs until Ctrl-C, which also stops them (processes.ts). */
async function main(): Promise<number> {
  const start = performance.now()
  console.log('starting …')
  const parts = await startRealParts({ speed: 1 })
  console.log(`${banner(parts)}\n\nReady after ${secondsSince(start)}. Ctrl-C stops everything and deletes all data.`)
  return new Promise(() => {
    // A timer keeps this process alive even if one of the children ends.
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

noOptions(USAGE)
try {
  process.exitCode = await main()
} catch (error) {
  // A missing requirement is one line; anything else is a defect, whose stack helps.
  console.error(error instanceof MissingRequirement ? error.message : error)
  process.exitCode = 1
}
