/**
 * The issuer's pages: plain HTML without scripts or external resources.
 */
import type { Client, Context } from 'oidc-provider'
import { USERS } from './identities.ts'

/** The pages of the device flow (RFC 8628, section 3.3), under oidc-provider's names. */
export const deviceFlowPages = {
  userCodeInputSource(context: Context, form: string, _out: unknown, error?: Error): void {
    const hint = error === undefined ? 'Enter the code shown on your device.' : 'That code is not valid. Try again.'
    render(context, 'Sign in a device', `<p>${hint}</p>${form}<button form="op.deviceInputForm">Continue</button>`)
  },

  userCodeConfirmSource(context: Context, form: string, client: Client, _device: unknown, userCode: string): void {
    const question = `${client.clientName ?? client.clientId} shows ${userCode}. Is that correct?`
    const buttons =
      '<button form="op.deviceConfirmForm" autofocus>Continue</button>' +
      '<button form="op.deviceConfirmForm" name="abort" value="yes">Cancel</button>'
    render(context, 'Sign in a device', `<p>${escapeHtml(question)}</p>${form}${buttons}`)
  },

  successSource(context: Context): void {
    render(context, 'Signed in', '<p>The device is signed in. You can close this page.</p>')
  },
}

/** The sign-out pages. */
export const logoutPages = {
  logoutSource(context: Context, form: string): void {
    render(context, 'Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`)
  },

  postLogoutSuccessSource(context: Context): void {
    render(context, 'Signed out', '<p>You can close this page.</p>')
  },
}

/** The page of a failed browser flow. */
export function renderError(context: Context, out: Record<string, string | undefined>): void {
  render(context, 'Sign-in failed', `<p>${escapeHtml(`${out.error}: ${out.error_description ?? ''}`)}</p>`)
}

/**
 * The sign-in form.
 * @param options - Name of the application; whether the last attempt failed; a user to preselect; a password
 *   to fill in, absent if it differs from the name
 */
export function loginPage(options: { client: string; failed: boolean; selected: string; easy: boolean }): string {
  const choices = USERS.map(({ name }) => {
    const selected = name === options.selected ? ' selected' : ''
    return `<option${selected}>${escapeHtml(name)}</option>`
  })
  const password = options.easy
    ? ''
    : '<label>Password <input type="password" name="password" autocomplete="off" required></label>'
  return page(
    'Sign in',
    `<p>${escapeHtml(options.client)} wants to know who you are.</p>
${options.failed ? '<p role="alert">Wrong password.</p>' : ''}
<form method="post"><label>User <select name="username">${choices.join('')}</select></label>${password}
<button>Sign in</button></form>`,
  )
}

/**
 * A complete page.
 * @param title - Plain text
 * @param body - HTML; anything from outside must be escaped already
 */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem }
  input, select, button { font: inherit; padding: .4rem .6rem; margin: .3rem 0; width: 100%; box-sizing: border-box }
</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>`
}

function render(context: Context, title: string, body: string): void {
  context.type = 'html'
  context.body = page(title, body)
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
