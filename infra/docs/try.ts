/**
 * The form that sends an operation to this server.
 */
import { byId, element } from './dom.ts'
import type { Operation, Parameter } from './openapi.ts'

/** The form of an operation. */
export function tryForm(operation: Operation): HTMLElement {
  const fields = operation.parameters.map((parameter) => ({ parameter, input: inputFor(parameter) }))
  const content = operation.requestBody?.content
  const mediaType = content && select(Object.keys(content))
  const examples = Object.values(content ?? {}).map((media) => media.example)
  let prefilled = pretty(examples.find((example) => example !== undefined))
  const body =
    content && element('textarea', { rows: '12', spellcheck: 'false', 'aria-label': 'Body', name: 'body' }, prefilled)
  const command = element('pre', { class: 'command', tabindex: '0', 'aria-label': 'As a curl command' })
  const result = element('section', { class: 'result', 'aria-live': 'polite', 'aria-label': 'Answer' })
  const request = (): Prepared => prepare(operation, fields, mediaType?.value, body?.value)
  // Each media type has its own example. What the user has typed stays.
  const refill = (): void => {
    const example = content?.[mediaType?.value ?? '']?.example
    if (body === undefined || example === undefined || body.value !== prefilled) return
    prefilled = pretty(example)
    body.value = prefilled
  }
  const show = (): void => {
    refill()
    command.textContent = curl(request())
  }
  let stop = new AbortController()
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    stop.abort()
    stop = new AbortController()
    const { signal } = stop
    // The operation is left.
    globalThis.addEventListener('hashchange', () => stop.abort(), { signal })
    result.replaceChildren(element('p', { class: 'hint' }, 'Sending …'))
    const shown = await exchange(request(), stop)
    if (!signal.aborted) result.replaceChildren(...shown)
  }
  const shown = fields.filter(({ parameter }) => parameter.in !== 'header')
  const headers = fields.filter(({ parameter }) => parameter.in === 'header')
  const form = element(
    'form',
    { class: 'try', submit: (event: Event) => void send(event), input: show, change: show },
    element('h2', {}, 'Try it'),
    element('div', { class: 'grid' }, ...shown.map(({ parameter, input }) => labeled(parameter, input))),
    headers.length > 0 &&
      element(
        'details',
        {},
        element('summary', {}, 'Headers'),
        element('div', { class: 'grid' }, ...headers.map(({ parameter, input }) => labeled(parameter, input))),
      ),
    mediaType && element('label', { class: 'labeled' }, element('span', {}, 'Content-Type'), mediaType),
    body,
    element('button', { type: 'submit' }, 'Send'),
    command,
    result,
  )
  byId('token').oninput = show
  show()
  return form
}

type Input = HTMLInputElement | HTMLSelectElement
type Field = { readonly parameter: Parameter; readonly input: Input }

interface Prepared {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

function inputFor(parameter: Parameter): Input {
  const { name, schema, required } = parameter
  if (schema.enum !== undefined) return select(['', ...schema.enum.map(String)], name)
  const hint = schema.default === undefined ? '' : String(schema.default)
  return element('input', {
    name,
    placeholder: hint,
    required: required === true,
    spellcheck: 'false',
    autocomplete: 'off',
  })
}

function select(values: readonly string[], name?: string): HTMLSelectElement {
  return element('select', { name }, ...values.map((value) => element('option', { value }, value || '–')))
}

function labeled({ name, in: where, required }: Parameter, input: Input): HTMLElement {
  const label = element('span', {}, name, ' ', element('small', {}, required === true ? `${where}, required` : where))
  return element('label', { class: 'labeled' }, label, input)
}

function prepare(operation: Operation, fields: readonly Field[], mediaType?: string, body?: string): Prepared {
  let path = operation.path
  const query = new URLSearchParams()
  const headers: Record<string, string> = {}
  const token = byId<HTMLInputElement>('token')
    .value.trim()
    .replace(/^Bearer\s+/i, '')
  if (token !== '') headers.Authorization = `Bearer ${token}`
  for (const { parameter, input } of fields) {
    const value = input.value.trim()
    if (parameter.in === 'path') {
      path = path.replace(`{${parameter.name}}`, value === '' ? `{${parameter.name}}` : encodeURIComponent(value))
    } else if (value !== '') {
      if (parameter.in === 'query') query.set(parameter.name, value)
      else headers[parameter.name] = value
    }
  }
  if (mediaType !== undefined && body !== '') headers['Content-Type'] = mediaType
  const search = query.size === 0 ? '' : `?${query}`
  return { method: operation.method, path: path + search, headers, body: body || undefined }
}

/** Sends a request. @returns The answer; an event stream goes on until it is stopped */
async function exchange({ method, path, headers, body }: Prepared, stop: AbortController): Promise<HTMLElement[]> {
  const started = performance.now()
  try {
    const response = await fetch(path, {
      method,
      headers,
      ...(body !== undefined && { body }),
      credentials: 'omit',
      signal: stop.signal,
    })
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true
    const text = isStream ? '' : await response.text()
    const took = Math.round(performance.now() - started)
    const status = element(
      'p',
      { class: `status status-${String(response.status)[0]}` },
      element('strong', {}, `${response.status} ${response.statusText}`.trim()),
      ` in ${took} ms`,
    )
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
    const head = element('details', {}, element('summary', {}, 'Headers'), element('pre', { tabindex: '0' }, lines))
    if (isStream) return [status, head, ...follow(response, stop)]
    const shown = text && element('pre', { tabindex: '0', class: 'body' }, formatted(text, response.headers))
    return [status, head, ...(shown === '' ? [] : [shown])]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [element('p', { class: 'status status-5' }, `The server cannot be reached: ${reason}`)]
  }
}

/** The events of a stream as they come, and a button that ends it. */
function follow({ body }: Response, stop: AbortController): HTMLElement[] {
  const shown = element('pre', { tabindex: '0', class: 'body' })
  const button = element('button', { type: 'button', click: () => stop.abort() }, 'Stop')
  const read = async (): Promise<void> => {
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read())
      shown.append(chunk.value)
  }
  void read()
    .catch(() => undefined)
    .finally(() => button.remove())
  return [button, shown]
}

function formatted(text: string, headers: Headers): string {
  if (!/\bjson\b/.test(headers.get('Content-Type') ?? '')) return text
  try {
    return pretty(JSON.parse(text))
  } catch {
    return text
  }
}

function pretty(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2)
}

/** The request as a shell command with the token in a variable. */
function curl({ method, path, headers, body }: Prepared): string {
  const shown = { ...headers, ...('Authorization' in headers && { Authorization: 'Bearer $TOKEN' }) }
  const parts = [
    `curl -X ${method} '${location.origin}${path}'`,
    ...Object.entries(shown).map(([name, value]) =>
      name === 'Authorization' ? `-H "${name}: ${value}"` : `-H ${quote(`${name}: ${value}`)}`,
    ),
    ...(body === undefined ? [] : [`--data ${quote(compact(body))}`]),
  ]
  return parts.join(' \\\n  ')
}

function compact(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body))
  } catch {
    return body
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
