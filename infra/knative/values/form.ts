/**
 * The forms of an installation, and the values that only one of them has.
 */
import { fieldOf } from '../../../shared/kind/paths.ts'

/** How the server can be installed. */
export const FORMS = ['knative', 'plain'] as const
/** How the server is installed. */
export type Form = (typeof FORMS)[number]

/** Whether a text names a form. */
export function isForm(text: string): text is Form {
  return (FORMS as readonly string[]).includes(text)
}

/** Paths of the values that have no effect in the other form. `serviceAccounts.names` has other names in each. */
export const ONLY: Readonly<Record<string, Form>> = {
  entry: 'knative',
  gateway: 'knative',
  minScale: 'knative',
  concurrency: 'knative',
  functions: 'knative',
  replicas: 'plain',
  networkPolicy: 'plain',
  'ingress.className': 'plain',
}

/** The errors of values that belong to the other form, each with the path of the value. */
export function misplaced(given: Readonly<Record<string, unknown>>, form: Form): string[] {
  return Object.entries(ONLY).flatMap(([path, only]) =>
    only === form || fieldOf(given, path) === undefined ? [] : [`${path}: is only for the form ${only}`],
  )
}
