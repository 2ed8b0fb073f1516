/**
 * The buttons of an object: its actions and deletion, as far as the user may use them.
 */
import { type Api, Problem, pathOf } from './api.ts'
import { may, type ViewContext } from './context.ts'
import { announce, element } from './dom.ts'
import { formOf } from './form.ts'
import { words } from './labels.ts'
import { problemBox } from './marks.ts'
import { linkTo } from './routes.ts'
import type { Schema } from './schema.ts'
import type { CloudObject, ProblemDetails, Resource } from './types.ts'

/** Actions that stop something, which need a confirmation. */
const CONFIRMED = ['suspend', 'deny', 'revoke', 'deactivate', 'restart']

/** An object as it was read. */
export interface Shown {
  readonly object: CloudObject
  /** For `If-Match`. */
  readonly etag: string
}

/**
 * The buttons of an object.
 * @param reread - Reads the object again and shows it
 */
export function actionButtons(context: ViewContext, resource: Resource, shown: Shown, reread: () => void): HTMLElement {
  const { api, organization } = context
  const { plural, actions, path } = resource
  const { object } = shown
  const { name } = object.metadata
  const at = pathOf(organization, plural, name)
  const buttons = actions
    .filter((action) => may(context, plural, action) && applies(action, object))
    .map((action) => element('button', { type: 'button', click: () => void start(action) }, words(action)))
  if (may(context, plural, 'delete') && object.metadata.deletionTimestamp === undefined) {
    buttons.push(element('button', { type: 'button', class: 'danger', click: remove }, 'Delete'))
  }
  return element('div', { class: 'actions', role: 'group', 'aria-label': 'Actions' }, ...buttons)

  async function start(action: string): Promise<void> {
    const openApi = await context.openApi()
    const schema = openApi.bodyOf(`${path}/{name}/${action}`)
    ask({
      title: `${words(action)} ${name}`,
      button: words(action),
      schema: schema ?? {},
      isAsked: schema !== undefined || CONFIRMED.includes(action),
      resolve: (inner) => openApi.resolve(inner),
      async run(body) {
        await api.send(`${at}/${action}`, { method: 'POST', ...(schema !== undefined && { body }) })
        announce(`${words(action)}: ${name}.`)
        reread()
      },
    })
  }

  function remove(): void {
    ask({
      title: `Delete ${name}`,
      text: 'This cannot be undone.',
      button: 'Delete',
      schema: {},
      isAsked: true,
      resolve: (inner) => inner,
      run: () => deleteObject(api, at, shown.etag, name, linkTo(organization, plural)),
      onProblem: ({ code }) => {
        // The object has changed since the user saw it: show it before asking again.
        if (code === 'precondition_failed') reread()
      },
    })
  }
}

async function deleteObject(api: Api, path: string, etag: string, name: string, after: string): Promise<void> {
  await api.send(path, { method: 'DELETE', headers: { 'If-Match': etag } })
  announce(`${name} is being deleted.`)
  location.hash = after
}

/** Whether an action makes sense now. */
function applies(action: string, { spec }: CloudObject): boolean {
  if (typeof spec.suspended !== 'boolean') return true
  return action === 'suspend' ? !spec.suspended : action === 'resume' ? spec.suspended : true
}

interface Question {
  readonly title: string
  readonly text?: string
  readonly button: string
  readonly schema: Schema
  /** Whether to ask at all. */
  readonly isAsked: boolean
  resolve(schema: Schema): Schema
  run(body: Record<string, unknown>): Promise<void>
  onProblem?(problem: ProblemDetails): void
}

/** Asks in a dialog, runs, and shows what went wrong. */
function ask({ title, text, button, schema, isAsked, resolve, run, onProblem }: Question): void {
  const form = formOf(schema, { resolve, namesFor: () => [] })
  const notice = element('div')
  const confirm = element('button', { class: 'primary' }, button)
  const cancel = element('button', { type: 'button', click: () => dialog.close() }, 'Cancel')
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'question', close: () => dialog.remove() },
    element(
      'form',
      { novalidate: true, submit },
      element('h2', { id: 'question' }, title),
      text !== undefined && element('p', {}, text),
      form.element,
      notice,
      element('div', { class: 'actions' }, confirm, cancel),
    ),
  )
  document.body.append(dialog)
  if (isAsked) dialog.showModal()
  else void attempt()

  function submit(event: Event): void {
    event.preventDefault()
    void attempt()
  }

  async function attempt(): Promise<void> {
    form.clear()
    confirm.disabled = true
    try {
      await run(form.read())
      dialog.close()
      dialog.remove()
    } catch (error) {
      if (!dialog.open) dialog.showModal()
      const details =
        error instanceof Problem ? error.details : { status: 0, code: '', title: 'That failed', detail: String(error) }
      onProblem?.(details)
      if (details.errors !== undefined) form.showProblem(details)
      else {
        notice.replaceChildren(problemBox(details, referrers(details)))
        // Trying again would have the same answer.
        if (details.status === 409 || details.status === 412) confirm.remove()
        cancel.textContent = 'Close'
      }
    } finally {
      confirm.disabled = false
    }
  }

  /** The objects that keep this one from being deleted. */
  function referrers({ references = [] }: ProblemDetails): HTMLElement | false {
    if (references.length === 0) return false
    const items = references.map(({ kind, plural, organization, name, field }) => {
      const label = `${words(kind ?? plural)} ${name}`
      const link =
        organization === undefined
          ? label
          : element('a', { href: linkTo(organization, plural, name), click: () => dialog.close() }, label)
      return element('li', {}, link, element('span', { class: 'help' }, ` ${field}`))
    })
    return element('ul', {}, ...items)
  }
}
