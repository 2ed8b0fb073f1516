import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { demoToken } from '../../infra/local/issuer/tokens.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { built } from '../built.ts'

/** Where Debian's package `chromium` puts it, unless CHROMIUM names another. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const QUIET = ['quic', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`)

let local: Local
let browser: BrowserContext
let page: Page
/** Errors and warnings of the browser. */
let complaints: string[]
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const profile = await mkdtemp(join(tmpdir(), 'kaphera-chromium-'))
  ends.push(() => rm(profile, { recursive: true, force: true }))
  local = await startLocal({ ...built(), speed: 8 })
  ends.push(() => local.stop())
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...QUIET],
    viewport: { width: 1360, height: 900 },
  })
  ends.push(() => browser.close())
}, 120_000)

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

beforeEach(async () => {
  complaints = []
  page = await browser.newPage()
  page.on('console', (message) => {
    // A request that a test expects to fail is not an error of the page.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(local.url) && !request.url().startsWith('data:')) complaints.push(request.url())
  })
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`violates ${event.violatedDirective}`))
  })
  await page.goto(`${local.url}/docs`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return async () => {
    await page.close()
    expect(complaints).toEqual([])
  }
})

/** Opens an operation by searching for it. */
async function open(words: string, summary: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Find an operation' }).fill(words)
  await page.getByRole('link', { name: summary, exact: false }).first().click()
  await page.getByRole('heading', { level: 1, name: summary }).waitFor()
}

/** The answer that the form shows. */
async function answer(): Promise<{ status: string | null; body: string }> {
  await page.getByRole('button', { name: 'Send' }).click()
  const result = page.getByRole('region', { name: 'Answer' })
  const status = await result.locator('.status').textContent()
  return { status, body: (await result.locator('pre.body').textContent()) ?? '' }
}

describe('the reference page', () => {
  it('shows the API and all its kinds, without resources from other sites', async () => {
    expect(await page.title()).toBe('Kaphera Cloud Server')
    expect(await page.locator('.kinds dt').allInnerTexts()).toEqual(
      expect.arrayContaining(['Connector', 'Participant']),
    )
  })

  it('finds an operation by words, with the keyboard alone', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('delete vault')
    expect(await page.locator('#found').textContent()).toMatch(/^1 of \d+ operations$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Delete a Vault' }).waitFor()
    expect(page.url()).toMatch(/#\/deleteVault$/)
    expect(await page.locator('nav [aria-current=page]').count()).toBe(1)
  })

  it('shows no result for unknown words', async () => {
    await page.getByRole('searchbox', { name: 'Find an operation' }).fill('no such thing')
    expect(await page.locator('#found').textContent()).toMatch(/^0 of/)
    expect(await page.locator('#operations a').count()).toBe(0)
  })

  it('shows a schema field by field, with types, constraints and rules', async () => {
    await open('create participant', 'Create a Participant')
    const schema = page.locator('main > .schema')
    await schema.getByText('ParticipantSpec').click()
    const bpn = schema.locator('li', { has: page.locator('code.field', { hasText: /^bpn$/ }) }).last()
    expect(await bpn.textContent()).toMatch(/string[\s\S]*Business partner number[\s\S]*matches \^BPNL/)
    expect(await schema.locator('.rule').allInnerTexts()).toContain('bpn is immutable once set')
  })

  it('sends an operation with a token to this server', async () => {
    await open('list connectors organization', 'List connectors of an organization')
    await page.getByLabel('organization', { exact: false }).fill('acme')
    const refused = await answer()
    expect(refused.status).toContain('401')
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'unauthenticated' })

    await page.getByLabel('Access token').fill(await demoToken(local.issuer?.url ?? '', 'acme-owner'))
    const given = await answer()
    expect(given.status).toContain('200')
    expect(JSON.parse(given.body)).toMatchObject({ kind: 'ConnectorList', items: expect.any(Array) })
    expect(await page.locator('.command').textContent()).toMatch(/Authorization: Bearer \$TOKEN/)
  })

  it('shows the events of a stream as they come, until it is stopped', async () => {
    await page.getByLabel('Access token').fill(await demoToken(local.issuer?.url ?? '', 'acme-owner'))
    await open('watch organization', 'Watch')
    await page.getByLabel('organization', { exact: false }).fill('acme')
    await page.getByRole('button', { name: 'Send' }).click()
    const result = page.getByRole('region', { name: 'Answer' })
    await result.getByText('event: SYNCED').waitFor()
    await result.getByRole('button', { name: 'Stop' }).click()
    await result.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
    expect(await result.locator('pre.body').textContent()).toMatch(/^event: ADDED$/m)
  })

  it('has an example for each way to change an object, and keeps edits', async () => {
    await open('change vault', 'Change a Vault')
    const type = page.getByLabel('Content-Type')
    const body = page.getByRole('textbox', { name: 'Body' })
    expect(JSON.parse(await body.inputValue())).toHaveProperty('metadata.labels')
    await type.selectOption('application/json-patch+json')
    expect(JSON.parse(await body.inputValue())).toMatchObject([{ op: 'add' }])
    await body.fill('[]')
    await type.selectOption('application/merge-patch+json')
    expect(await body.inputValue()).toBe('[]')
  })

  it('sends the example body as a dry run', async () => {
    await page.getByLabel('Access token').fill(await demoToken(local.issuer?.url ?? '', 'acme-owner'))
    await open('create vault', 'Create a Vault')
    await page.getByLabel('organization', { exact: false }).fill('acme')
    await page.getByLabel('dryRun', { exact: false }).selectOption('All')
    const { status, body } = await answer()
    expect(status).toContain('200')
    expect(JSON.parse(body)).toMatchObject({ kind: 'Vault', metadata: { name: 'my-vault' } })
  })

  it('forgets the token when the page is left', async () => {
    await page.getByLabel('Access token').fill('secret')
    await page.reload()
    expect(await page.getByLabel('Access token').inputValue()).toBe('')
    expect(await page.evaluate(() => Object.keys(localStorage).length + Object.keys(sessionStorage).length)).toBe(0)
  })

  it('never interprets an answer as HTML', async () => {
    await page.route('**/v1/me', (route) =>
      route.fulfill({ contentType: 'application/json', body: '{"name":"<img src=x onerror=alert(1)>"}' }),
    )
    await open('who the caller is', 'Who the caller is')
    expect((await answer()).body).toContain('<img src=x')
    expect(await page.locator('main img').count()).toBe(0)
  })

  it.each([360, 820])('fits into a window %d pixels wide', async (width) => {
    await page.setViewportSize({ width, height: 800 })
    await open('create connector', 'Create a Connector')
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
  })
})
