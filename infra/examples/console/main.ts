/**
 * The console: learns from the server how to sign in, does so, and shows the organizations of the user.
 */
import { Api, pathOf } from './api.ts'
import { type Context, resourceOf, type ViewContext } from './context.ts'
import { createView } from './create-view.ts'
import { byId, element, fill } from './dom.ts'
import { kindView } from './kind-view.ts'
import { detailsOf, problemBox } from './marks.ts'
import { objectView } from './object-view.ts'
import { overviewView } from './overview-view.ts'
import { linkTo, type Route, routeOf } from './routes.ts'
import { OpenApi } from './schema.ts'
import { Session } from './session.ts'
import { header, navigation, showState } from './shell.ts'
import { Store } from './store.ts'
import { follow } from './stream.ts'
import type { Capabilities, Me, Permissions } from './types.ts'

/** Origin of the server; empty for that of this page. */
const SERVER = document.querySelector<HTMLMetaElement>('meta[name=server]')?.content ?? ''

async function start(): Promise<void> {
  const response = await fetch(`${SERVER}/capabilities`)
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  const capabilities: Capabilities = await response.json()
  const { signIn } = capabilities
  const client = signIn?.clients?.console
  if (signIn === null || client === undefined)
    throw new Error('The server has no console client (OIDC_CONSOLE_CLIENT_ID is not set).')
  const redirectUri = location.origin + location.pathname
  const audience = [signIn.audience].flat()[0] ?? ''
  const session = await Session.open(
    { issuer: signIn.issuer, client, scope: signIn.scope ?? 'openid', audience, redirectUri },
    () => offerSignIn(session, 'Your session has ended.'),
  )
  if (!session.isSignedIn) return offerSignIn(session)
  const api = new Api(SERVER, session)
  await showOrganizations(api, session, capabilities)
}

/** Asks the user to sign in. If a session has ended, the page stays as it is: a form may be open. */
function offerSignIn(session: Session, reason?: string): void {
  const button = element('button', { type: 'button', class: 'primary', click: () => void session.begin() }, 'Sign in')
  const box = element(
    'div',
    { class: 'welcome' },
    element('h1', {}, 'Kaphera Cloud'),
    element('p', {}, reason ?? 'Sign in to see your organizations.'),
    button,
  )
  if (reason === undefined) fill(byId('main'), box)
  else byId('main').prepend(element('div', { class: 'problem', role: 'alert' }, element('p', {}, reason), button))
}

async function showOrganizations(api: Api, session: Session, capabilities: Capabilities): Promise<void> {
  const me = await api.read<Me>('/v1/me')
  let openApi: Promise<OpenApi> | undefined
  let shown: string | undefined
  let leaving = new AbortController()
  let closing = new AbortController()
  let context: Context | undefined

  const live = element('span', { role: 'status' })

  async function show(): Promise<void> {
    const route = routeOf(location.hash)
    const organization =
      me.organizations.find(({ name }) => name === route.organization)?.name ?? me.organizations[0]?.name
    if (organization === undefined) {
      fill(byId('header'), ...header(me, '', live, () => session.signOut()))
      return fill(byId('main'), element('p', { class: 'calm' }, 'You are not a member of any organization.'))
    }
    if (organization !== route.organization) return void location.replace(linkTo(organization))
    if (shown !== organization) {
      shown = organization
      closing.abort()
      closing = new AbortController()
      context = await open(organization, closing.signal)
    }
    if (context !== undefined) draw(context)
  }

  /** Reads what the user may do in an organization, and follows it. */
  async function open(organization: string, signal: AbortSignal): Promise<Context> {
    const permissions = await api.read<Permissions>(pathOf(organization, 'permissions'))
    const store = new Store(capabilities.resources)
    const opened: Context = {
      api,
      organization,
      permissions,
      store,
      resources: capabilities.resources.filter(
        ({ path, plural }) =>
          path === `/v1/organizations/{organization}/${plural}` && permissions.permissions[plural]?.includes('list'),
      ),
      openApi: () => {
        openApi ??= OpenApi.read(api)
        return openApi
      },
    }
    fill(byId('header'), ...header(me, organization, live, () => session.signOut()))
    signal.addEventListener(
      'abort',
      store.subscribe(() => drawNavigation(opened)),
    )
    const listener = {
      onStart: () => store.clear(),
      onEvent: (event: string, data: unknown) => store.take(event, data),
      onState: showState.bind(undefined, live),
    }
    void follow(api, organization, listener, signal)
    return opened
  }

  function draw(opened: Context): void {
    leaving.abort()
    leaving = new AbortController()
    const { plural, name } = routeOf(location.hash)
    const view = { ...opened, signal: leaving.signal }
    drawNavigation(opened)
    document.title = [name, plural, opened.organization, 'Kaphera Cloud'].filter(Boolean).join(' · ')
    fill(byId('main'), viewOf(view, routeOf(location.hash)))
  }

  function drawNavigation(opened: Context): void {
    fill(byId('nav'), navigation(opened, routeOf(location.hash)))
  }

  const tryToShow = (): Promise<void> => show().catch(showFailure)
  addEventListener('hashchange', () => {
    void tryToShow()
    byId('main').focus({ preventScroll: true })
    scrollTo(0, 0)
  })
  await tryToShow()
}

function viewOf(context: ViewContext, { plural, name, isNew }: Route): HTMLElement {
  if (plural === undefined) return overviewView(context)
  const resource = resourceOf(context, plural)
  if (resource === undefined)
    return problemBox({ detail: 'This kind does not exist, or you do not have access to it.' })
  if (isNew) return createView(context, resource)
  return name === undefined ? kindView(context, resource) : objectView(context, resource, name)
}

function showFailure(error: unknown): void {
  fill(
    byId('main'),
    problemBox(detailsOf(error), element('p', {}, element('a', { href: location.pathname }, 'Try again'))),
  )
}

start().catch(showFailure)
