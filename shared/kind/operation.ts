/**
 * What a caller can do to a kind.
 */
import type { KindDescription, Verb } from './description.ts'

/**
 * One thing that a caller can do to a kind. The type says whether it changes anything, so a name needs no list: a view
 * and an action, even of the same name, are different operations.
 */
export type Operation =
  | { readonly type: 'verb'; readonly name: Verb }
  | { readonly type: 'view' | 'action'; readonly name: string }

/** Verbs that change nothing. */
const READING_VERBS: readonly Verb[] = ['list', 'get', 'watch']

/** A verb as an operation. */
export function verb(name: Verb): Operation {
  return { type: 'verb', name }
}

/** A view as an operation: `GET …/{name}/{view}`. */
export function view(name: string): Operation {
  return { type: 'view', name }
}

/** An action as an operation: `POST …/{name}/{action}`. */
export function action(name: string): Operation {
  return { type: 'action', name }
}

/** Whether two operations are the same. */
export function isOperation(operation: Operation, other: Operation): boolean {
  return operation.type === other.type && operation.name === other.name
}

/** Whether an operation changes nothing: every view, and the verbs list, get and watch. */
export function isRead(operation: Operation): boolean {
  return operation.type === 'view' || (operation.type === 'verb' && READING_VERBS.includes(operation.name))
}

/** All operations on a kind: verbs, then actions, then views. */
export function operationsOf({
  verbs,
  actions,
  views,
}: Pick<KindDescription, 'verbs' | 'actions' | 'views'>): Operation[] {
  return [...verbs.map(verb), ...actions.map(action), ...views.map(view)]
}
