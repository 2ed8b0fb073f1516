/**
 * Kubernetes events as clients see them.
 */

/** The parts of a core v1 Event that are read. */
export interface KubeEvent {
  readonly metadata: { readonly creationTimestamp?: string }
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string }
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
}

/** An event in the answer. */
export type EventDescription = ReturnType<typeof describeEvent>

/** The last events, newest first. */
export function newestOf(events: EventDescription[], count: number): EventDescription[] {
  return events.sort((a, b) => Date.parse(b.lastTime) - Date.parse(a.lastTime)).slice(0, count)
}

/** An event as clients see it. */
export function describeEvent(event: KubeEvent) {
  const created = event.metadata.creationTimestamp ?? ''
  return {
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
    firstTime: event.firstTimestamp ?? event.eventTime ?? created,
    lastTime: event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? created,
    source: event.reportingComponent || event.source?.component || '',
  }
}
