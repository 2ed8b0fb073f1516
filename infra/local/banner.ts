/**
 * What `npm start` tells.
 * @module
 */
import { SERVICE_ACCOUNT, USERS } from './issuer/identities.ts'
import type { Local } from './local.ts'

/** What is running, and three commands to copy. */
export function banner({ url, issuer, description, seeded }: Local): string {
  const port = new URL(url).port
  const asUsual = port === '8787' ? '' : `PORT=${port} `
  const lines = [
    '',
    'Kaphera Cloud Server',
    `  API      ${url}`,
    `  docs     ${url}/docs`,
    `  cluster  ${description}${seeded > 0 ? `, ${seeded} objects seeded` : ''}`,
    `  issuer   ${issuer?.url ?? 'of OIDC_ISSUER'}`,
  ]
  if (issuer === undefined) return [...lines, '', 'Ctrl-C ends it.'].join('\n')
  return [
    ...lines,
    `  users    ${[...USERS.map(({ name }) => name), `${SERVICE_ACCOUNT} (service account)`].join(', ')}`,
    '',
    'Try:',
    `  TOKEN=$(${asUsual}npm run -s token -- acme-operator)`,
    `  curl -s -H "Authorization: Bearer $TOKEN" '${url}/v1/organizations/acme/connectors?view=summary'`,
    `  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/yaml' --data-binary @infra/local/connector.yaml '${url}/v1/organizations/acme/connectors'`,
    '',
    'Ctrl-C ends it. LOG=1 shows what the functions log.',
  ].join('\n')
}
