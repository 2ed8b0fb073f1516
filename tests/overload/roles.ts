/**
 * Who takes part.
 */

/** The caller whose answers are measured. */
export const BYSTANDER = 'bystander'
/** The callers who attack; the first one does if one is enough. */
export const CALLERS: readonly string[] = Array.from({ length: 32 }, (_, index) => `attacker-${index}`)

/** Where the stand-ins are, and a token of each caller. */
export interface Started {
  /** `host:port` of the API server. */
  readonly kube: string
  readonly issuer: string
  readonly audience: string
  readonly tokens: Readonly<Record<string, string>>
}

/** What is attacked. */
export interface Victim {
  /** Port on 127.0.0.1. */
  readonly port: number
  readonly tokens: Started['tokens']
  /** Whether the run is a short one. */
  readonly isBrief: boolean
}

/** What was seen, and how often: a status, or the end of a connection. */
export type Seen = Readonly<Record<string, number>>

/** What a thread that attacks reports at the end. */
export interface AttackReport {
  readonly seen: Seen
  /** Answers that are wrong. */
  readonly failures: readonly string[]
}

/** What a thread that measures reports. */
export interface Measured {
  /** Milliseconds of each answer. */
  readonly times: readonly number[]
  /** How many of them told to try again later. */
  readonly refused: number
  readonly failures: readonly string[]
}

/** What the second caller can read: single objects, or lists of 500. */
export const READS = ['objects', 'lists'] as const
/** One of them. */
export type Reads = (typeof READS)[number]

/** The label selector of lists that the API server takes its time for. */
export const SLOW = 'slow'

/** The connector that is large, changes all the time and is never ready. */
export const LARGE = 'edc-large'
/** A connector whose log never ends. */
export const LOGGED = 'edc-1'

/** Path of the connectors. */
export const CONNECTORS = '/v1/organizations/acme/connectors'
/** Their path at the API server. */
export const KUBE_CONNECTORS = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
