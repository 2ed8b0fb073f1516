/** The example console in a real browser. */
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { demoToken } from '../../infra/local/issuer/tokens.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { startMiniflare } from '../../infra/runtimes/miniflare.ts'
import type { Runtime } from '../../infra/runtimes/runtime.ts'
import { built } from '../built.ts'

/** Where Debian's package `chromium` puts it, unless CHROMIUM names another. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const QUIET = ['quic', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`)
const ACME = '/v1/organizations/acme'

let local: Local
let browser: Browser
let context: BrowserContext
let page: Page
/** Requests of the page for a stream. */
let watches: Request[]
/** Errors of the page. */
let complaints: string[]
/** Ends the server, does something, and starts it again at the same address. The cluster and the issuer go on. */
let restart: (meanwhile: () => Promise<unknown>) => Promise<void>
const ends: (() => Promise<unknown>)[] = []

const restartable: Runtime = async (surroundings) => {
  let server = await startMiniflare(surroundings)
  const { url } = server
  restart = async (meanwhile) => {
    await server.stop()
    await meanwhile()
    server = await startMiniflare({ ...surroundings, port: Number(new URL(url).port) })
  }
  return { url, stop: () => server.stop() }
}

beforeAll(async () => {
  local = await startLocal({ ...built(), runtime: restartable, console: true, speed: 8 })
  ends.push(() => local.stop())
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', ...QUIET] })
  ends.push(() => browser.close())
}, 180_000)

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

beforeEach(async () => {
  complaints = []
  watches = []
  context = await browser.newContext({ viewport: { width: 1360, height: 900 } })
  page = await context.newPage()
  page.on('console', (message) => {
    // A request that fails because a test wants it to is no error of the page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (request.headers().accept === 'text/event-stream') watches.push(request)
  })
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`violates ${event.violatedDirective}`))
  })
  return async () => {
    await context.close()
    expect(complaints).toEqual([])
  }
})

/** Signs a demo user in and opens a part of the organization. */
async function signIn(user: string, hash = '#/acme'): Promise<void> {
  await page.goto(`${local.url}/console${hash}`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('User').selectOption(user)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('banner').getByText('Live').waitFor()
}

/** Sends a request as another client. */
async function send(method: string, path: string, body?: unknown, headers = {}): Promise<Response> {
  const token = await demoToken(local.issuer?.url ?? '', 'acme-owner')
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const response = await fetch(local.url + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': type, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect(response.ok, await response.clone().text()).toBe(true)
  return response
}

/** Creates an object for the time of a test. */
async function create(plural: string, name: string, spec: unknown, fail?: string): Promise<void> {
  const annotations = fail === undefined ? {} : { 'demo.kaphera.com/fail': fail }
  await send('POST', `${ACME}/${plural}`, { metadata: { name, annotations }, spec }, { Prefer: 'wait=20' })
  onTestFinished(async () => void (await send('DELETE', `${ACME}/${plural}/${name}`, undefined, { Prefer: 'wait=20' })))
}

const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name}\\b`) })
const heading = (name: string) => page.getByRole('heading', { level: 1, name })

describe('signing in', () => {
  it('keeps the token in memory, and signs in again without asking after a reload', async () => {
    await signIn('acme-owner', '#/acme/connectors')
    await heading('Connectors').waitFor()
    expect(page.url()).toBe(`${local.url}/console#/acme/connectors`)
    const stored = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))
    expect(stored).toBe('[{"console.signed-in":""},{}]')
    await page.reload()
    await row('edc-1').waitFor()
  })

  it('refuses an answer that belongs to no sign-in of this browser', async () => {
    await page.goto(`${local.url}/console?code=stolen&state=other&iss=${local.issuer?.url}`)
    await page.getByRole('alert').getByText('does not belong to a sign-in of this browser').waitFor()
    expect(page.url()).not.toContain('stolen')
  })

  it('renews the token before it expires', async () => {
    await page.clock.install()
    await signIn('acme-owner')
    const renewal = page.waitForRequest((request) => request.postData()?.includes('grant_type=refresh_token') === true)
    await page.clock.fastForward('59:45')
    await renewal
    await page
      .getByRole('link', { name: /^Vaults/ })
      .first()
      .click()
    await row('vault').waitFor()
  })
})

describe('the one stream', () => {
  it('shows the changes of other clients to all kinds on one connection', async () => {
    await signIn('acme-viewer')
    for (const kind of ['Vaults', 'Participants', 'Data planes', 'Connectors']) {
      await page.getByRole('navigation').getByRole('link', { name: kind }).click()
      await heading(kind).waitFor()
    }
    await row('edc-2').getByText('Ready').waitFor()
    await send('POST', `${ACME}/connectors/edc-2/suspend`)
    await row('edc-2').getByText('Suspended').waitFor()
    await send('POST', `${ACME}/connectors/edc-2/resume`)
    await row('edc-2').getByText('Ready').waitFor()
    expect(watches.map((request) => new URL(request.url()).pathname)).toEqual([`${ACME}/watch`])
  })

  it('resumes after a restart of the server, and has missed nothing', async () => {
    await create('vaults', 'going', { mode: 'Managed' })
    await signIn('acme-owner', '#/acme/vaults')
    await row('going').waitFor()
    // Before the whole state is known there is nothing to resume from.
    await page.getByRole('banner').getByText('Live').waitFor()
    const { url, token } = local.cluster ?? { url: '', token: '' }
    const vaults = `${url}/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/vaults`
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const body = JSON.stringify({
      apiVersion: 'edc.kaphera.com/v1alpha1',
      kind: 'Vault',
      metadata: { name: 'coming' },
      spec: { mode: 'Managed' },
    })
    await restart(async () => {
      await page.getByRole('banner').getByText('Connecting').waitFor()
      expect((await fetch(vaults, { method: 'POST', headers, body })).status).toBe(201)
    })
    onTestFinished(async () => void (await send('DELETE', `${ACME}/vaults/coming`)))
    await row('coming').getByText('Ready').waitFor()
    await page.getByRole('banner').getByText('Live').waitFor()
    const last = watches.at(-1)?.headers()['last-event-id']
    expect(last).toMatch(/vaults=/)
    expect(await row('going').count()).toBe(1)
  })
})

describe('a new object', () => {
  it('shows errors at their fields, and is created when they are mended', async () => {
    await signIn('acme-owner', '#/acme/vaults')
    await page.getByRole('link', { name: 'Create' }).click()
    await heading('New vault').waitFor()
    const name = page.getByRole('textbox', { name: 'Name required' }).first()
    await name.fill('Not a name')
    await page.getByRole('combobox', { name: 'Mode' }).selectOption('Managed')
    await page.getByRole('button', { name: 'Create' }).click()
    await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true')
    const id = await name.getAttribute('aria-describedby')
    expect(await page.locator(`#${id}`).textContent()).toContain('RFC 1123')
    expect(await name.evaluate((input) => input === document.activeElement)).toBe(true)

    await name.fill('from-form')
    const [more, managed] = [
      page.locator('summary:visible', { hasText: 'optional fields' }),
      page.locator('summary', { hasText: /^Managed$/ }),
    ]
    await more.last().click()
    await managed.click()
    const size = page.getByLabel('Storage size')
    await size.fill('lots')
    await managed.click()
    await page.getByRole('button', { name: 'Create' }).click()
    // The error opens what is folded around its field.
    await expect.poll(() => size.getAttribute('aria-invalid')).toBe('true')
    expect(await size.isVisible()).toBe(true)

    await size.fill('1Gi')
    await page.getByRole('button', { name: 'Create' }).click()
    await heading('from-form').waitFor()
    expect(await (await send('GET', `${ACME}/vaults/from-form`)).json()).toMatchObject({
      spec: { mode: 'Managed', managed: { storageSize: '1Gi' } },
    })

    // Somebody else changes it while this user is about to delete it.
    await page.getByText('Ready', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await send('PATCH', `${ACME}/vaults/from-form`, { metadata: { labels: { changed: 'yes' } } })
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('The object has changed', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await heading('Vaults').waitFor()
    await row('from-form').waitFor({ state: 'detached' })
  })

  it('cannot be deleted while others refer to it, which are named', async () => {
    await signIn('acme-owner', '#/acme/vaults/vault')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'Connector edc-1' }).click()
    await heading('edc-1').waitFor()
  })
})

describe('what an object shows', () => {
  it('is the sealed vault that a connector waits for', async () => {
    await create('vaults', 'sealed', { mode: 'Managed' }, 'The vault is sealed.')
    const spec = {
      version: '0.12.0',
      participantRef: { name: 'acme' },
      identityHubRef: { name: 'hub' },
      vaultRef: { name: 'sealed' },
      database: { mode: 'Managed' },
    }
    await create('connectors', 'stuck', spec, 'The vault cannot be used.')
    await signIn('acme-viewer')
    await page.getByRole('region', { name: 'Not ready' }).getByRole('link', { name: 'stuck' }).click()
    const diagnosis = page.getByRole('region', { name: 'Why it is not ready' })
    const cause = diagnosis.getByRole('article')
    expect(await cause.getByRole('heading').textContent()).toContain('Vault sealed')
    expect(await cause.textContent()).toContain('Unsealed is FalseThe vault is sealed.')
    await cause.getByRole('link', { name: 'Vault sealed' }).click()
    await heading('sealed').waitFor()
  })

  it('has only the buttons that the user may use', async () => {
    await signIn('acme-viewer', '#/acme/connectors/edc-1')
    await page.getByRole('heading', { name: 'Conditions' }).waitFor()
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0)
    await page.goto(`${local.url}/console#/acme/connectors`)
    await row('edc-1').waitFor()
    expect(await page.getByRole('link', { name: 'Create' }).count()).toBe(0)
  })

  it('fits into narrow windows', async () => {
    await signIn('acme-owner', '#/acme/connectors/edc-1')
    await page.getByRole('button', { name: 'Restart' }).waitFor()
    for (const width of [360, 820]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    }
  })
})
