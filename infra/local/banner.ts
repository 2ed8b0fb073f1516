/**
 * What `npm start` prints.
 */
import { SERVICE_ACCOUNT, USERS } from './issuer/identities.ts'
import type { Local } from './local.ts'

/** What is running, and three commands to try. */
export function banner({ url, issuer, description, seeded }: Local): string {
  const port = new URL(url).port
  const asUsual = port === '8787' ? '' : `PORT=${port} `
  const lines = [
    '',
    'Kaphera Cloud Server',
    `  API      ${url}`,
    `  docs     ${url}/docs`,
    `  console  ${url}/console (an example: infra/examples/console)`,
    `  cluster  ${description}${seeded > 0 ? `, ${seeded} objects seeded` : ''}`,
    `  issuer   ${issuer?.url ?? 'of OIDC_ISSUER'}`,
  ]
  if (issuer === undefined) return [...lines, '', 'Press Ctrl-C to stop.'].join('\n')
  return [
    ...lines,
    `  users    ${[...USERS.map(({ name }) => name), `${SERVICE_ACCOUNT} (service account)`].join(', ')}`,
    '',
    'Try:',
    `  TOKEN=$(${asUsual}npm run -s token -- acme-operator)`,
    `  curl -s -H "Authorization: Bearer $TOKEN" '${url}/v1/organizations/acme/connectors?view=summary'`,
    `  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/yaml' --data-binary @infra/local/connector.yaml '${url}/v1/organizations/acme/connectors'`,
    '',
    'Press Ctrl-C to stop. LOG=1 shows the log of the functions.',
  ].join('\n')
}
