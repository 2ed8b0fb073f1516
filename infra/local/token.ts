/**
 * `npm run -s token -- NAME`: prints an access token of a demo user or service account for the running local server.
 */
import { SERVICE_ACCOUNT, USERS } from './issuer/identities.ts'
import { demoToken } from './issuer/tokens.ts'

/**
 * Prints a token from the issuer that the server names (RFC 9728).
 * @returns Exit code
 */
async function main(name: string | undefined): Promise<number> {
  const names = [...USERS.map((user) => user.name), SERVICE_ACCOUNT]
  if (name === undefined || !names.includes(name)) {
    console.error(`usage: npm run -s token -- NAME\nNAME is one of ${names.join(', ')}`)
    return 2
  }
  const server = `http://127.0.0.1:${process.env.PORT || 8787}`
  const metadata = await fetch(`${server}/.well-known/oauth-protected-resource`).catch(() => undefined)
  if (metadata === undefined) {
    console.error(`No server answers at ${server}. Run npm start first, or set PORT to its port.`)
    return 1
  }
  const { authorization_servers: [issuer] = [] } = (await metadata.json()) as { authorization_servers?: string[] }
  if (issuer === undefined) {
    console.error(`${server} does not say which issuer it trusts.`)
    return 1
  }
  console.log(await demoToken(issuer, name))
  return 0
}

try {
  process.exitCode = await main(process.argv[2])
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
