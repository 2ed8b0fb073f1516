/**
 * Small parts that several views have.
 */
import { type Child, element } from './dom.ts'
import type { ProblemDetails } from './types.ts'

/** Whether something is ready, by color and by word. */
export function readiness(isReady: boolean, phase?: unknown): HTMLElement {
  const word = typeof phase === 'string' && phase !== '' ? phase : isReady ? 'Ready' : 'Not ready'
  const tone = isReady ? 'good' : /fail|degrad|error|denied|revoked|missing/i.test(word) ? 'bad' : 'warn'
  return element('span', { class: `mark ${tone}` }, word)
}

/** A time as its distance from now, with the exact time as title. */
export function age(time: string | null | undefined): HTMLElement {
  if (time == null) return element('span', {}, '–')
  return element('time', { datetime: time, title: new Date(time).toLocaleString() }, distance(time))
}

function distance(time: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000))
  if (seconds < 90) return `${seconds} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** A problem in words, with what its user may tell an operator. */
export function problemBox({ title, detail, requestId }: Partial<ProblemDetails>, ...more: Child[]): HTMLElement {
  return element(
    'div',
    { role: 'alert', class: 'problem', tabindex: '-1' },
    title !== undefined && element('strong', {}, title),
    element('p', {}, detail ?? ''),
    ...more,
    requestId !== undefined && element('p', { class: 'help' }, `Request ${requestId}`),
  )
}

/** The details of anything that was thrown. */
export function detailsOf(error: unknown): Partial<ProblemDetails> {
  if (error instanceof Error && 'details' in error) return error.details as ProblemDetails
  return { detail: error instanceof Error ? error.message : String(error) }
}
