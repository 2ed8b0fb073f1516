/**
 * The form for a new object.
 */
import { Problem, pathOf } from './api.ts'
import { may, type ViewContext } from './context.ts'
import { announce, element, fill } from './dom.ts'
import { type Form, formOf } from './form.ts'
import { words } from './labels.ts'
import { detailsOf, problemBox } from './marks.ts'
import { linkTo } from './routes.ts'
import type { OpenApi, Schema } from './schema.ts'
import type { CloudObject, Resource } from './types.ts'

/** A form for a new object of a kind. */
export function createView(context: ViewContext, resource: Resource): HTMLElement {
  const { api, organization } = context
  const { kind, plural, path } = resource
  const body = element('div', {}, element('p', { class: 'help' }, 'Loading …'))
  if (may(context, plural, 'create')) {
    context.openApi().then(
      (openApi) => fill(body, form(openApi)),
      (error: unknown) => fill(body, problemBox(detailsOf(error))),
    )
  } else fill(body, problemBox({ detail: `You do not have permission to create this kind here.` }))
  return element('section', {}, element('h1', {}, `New ${words(kind).toLowerCase()}`), body)

  function form(openApi: OpenApi): HTMLElement {
    const fields = formOf(manifestOf(openApi, openApi.bodyOf(path) ?? {}), {
      resolve: (schema) => openApi.resolve(schema),
      namesFor: (field) => namesFor(context, field),
    })
    return element(
      'form',
      { novalidate: true, submit: (event) => void submit(event, fields) },
      fields.element,
      element(
        'div',
        { class: 'actions' },
        element('button', { class: 'primary' }, 'Create'),
        element('a', { class: 'button', href: linkTo(organization, plural) }, 'Cancel'),
      ),
    )
  }

  async function submit(event: Event, fields: Form): Promise<void> {
    event.preventDefault()
    fields.clear()
    const button = (event.target as HTMLElement).querySelector<HTMLButtonElement>('button.primary')
    if (button !== null) button.disabled = true
    try {
      const made = await api.read<CloudObject>(pathOf(organization, plural), { method: 'POST', body: fields.read() })
      announce(`${made.metadata.name} was created.`)
      location.hash = linkTo(organization, plural, made.metadata.name)
    } catch (error) {
      const { details } =
        error instanceof Problem ? error : new Problem({ status: 0, code: '', title: '', detail: String(error) })
      fields.showProblem(details)
    } finally {
      if (button !== null) button.disabled = false
    }
  }
}

/** The schema of a manifest for a form: a new object needs a name, and annotations are for programs. */
function manifestOf(openApi: OpenApi, given: Schema): Schema {
  const schema = openApi.resolve(given)
  const { metadata = {}, ...others } = schema.properties ?? {}
  const { name = {}, labels = {} } = openApi.resolve(metadata).properties ?? {}
  const { description: _, ...named } = openApi.resolve(name)
  return {
    ...schema,
    required: ['metadata', ...(schema.required ?? [])],
    properties: { metadata: { type: 'object', required: ['name'], properties: { name: named, labels } }, ...others },
  }
}

/** The names of the objects that a field such as `vaultRef` can refer to. */
function namesFor({ resources, store }: ViewContext, field: string): string[] {
  const target = resources.find(({ kind }) => `${kind.charAt(0).toLowerCase()}${kind.slice(1)}Ref` === field)
  return target === undefined ? [] : [...store.kind(target.plural).objects.keys()].sort()
}
