/**
 * Validation of `metadata`, which is the same for all kinds.
 * @see {@link https://pkg.go.dev/k8s.io/apimachinery/pkg/api/validation}
 */
import { forbiddenValue, invalidValue, required, tooLong } from './faults.ts'
import { same } from './json.ts'
import type { Metadata } from './object.ts'
import type { Fault } from './status.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
/** Bytes of all annotations together. */
const ANNOTATIONS_LIMIT = 256 * 1024

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const QUALIFIED_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** Rules for the names of a kind. */
export type NameRule = 'subdomain' | 'label'

/** Errors of an object's metadata. */
export function validateMetadata(metadata: Metadata, nameRule: NameRule): Fault[] {
  const faults: Fault[] = []
  const rules = nameRule === 'label' ? labelFaults : subdomainFaults
  const { generateName = '' } = metadata
  if (generateName !== '') {
    // A suffix follows the prefix, so it may end with a hyphen.
    const faulty = rules(generateName.replace(/-$/, 'a'))
    faults.push(...faulty.map((rule) => invalidValue('metadata.generateName', generateName, rule)))
  }
  if (metadata.name === undefined || metadata.name === '') {
    faults.push(required('metadata.name', 'name or generateName is required'))
  } else {
    faults.push(...rules(metadata.name).map((rule) => invalidValue('metadata.name', metadata.name, rule)))
  }
  faults.push(...validateLabels(metadata.labels ?? {}, 'metadata.labels'))
  faults.push(...validateAnnotations(metadata.annotations ?? {}))
  faults.push(...validateOwners(metadata))
  for (const finalizer of metadata.finalizers ?? []) {
    // The real server names the list, not the item.
    faults.push(...qualifiedNameFaults(finalizer).map((rule) => invalidValue('metadata.finalizers', finalizer, rule)))
  }
  return faults
}

/** Errors of a metadata change: fields that are immutable. */
export function validateMetadataUpdate(metadata: Metadata, old: Metadata): Fault[] {
  const faults: Fault[] = []
  const added = (metadata.finalizers ?? []).filter((one) => !(old.finalizers ?? []).includes(one))
  if (old.deletionTimestamp !== undefined && added.length > 0) {
    const found = `[]string{${added.map((one) => JSON.stringify(one)).join(', ')}}`
    const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`
    faults.push(forbiddenValue('metadata.finalizers', detail))
  }
  for (const field of ['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (!same(metadata[field], old[field])) {
      faults.push(invalidValue(`metadata.${field}`, metadata[field] ?? null, 'field is immutable'))
    }
  }
  // The real server checks metadata both before and after the rest of a custom resource.
  return [...faults, ...faults]
}

/** Errors of labels. */
function validateLabels(labels: Readonly<Record<string, string>>, field: string): Fault[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameFaults(key, 'a valid label key').map((rule) => invalidValue(field, key, rule)),
    ...labelValueFaults(value).map((rule) => invalidValue(field, value, rule)),
  ])
}

function validateAnnotations(annotations: Readonly<Record<string, string>>): Fault[] {
  const field = 'metadata.annotations'
  // Unlike labels, annotation keys may have capitals in their prefix.
  const faults = Object.keys(annotations).flatMap((key) =>
    qualifiedNameFaults(key.toLowerCase()).map((rule) => invalidValue(field, key, rule)),
  )
  const size = Object.entries(annotations).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  if (size > ANNOTATIONS_LIMIT) faults.push(tooLong(field, ANNOTATIONS_LIMIT))
  return faults
}

function validateOwners({ ownerReferences = [] }: Metadata): Fault[] {
  const field = 'metadata.ownerReferences'
  const faults = ownerReferences.flatMap((owner) => {
    const { apiVersion = '', kind = '' } = owner
    const empty = (['kind', 'name', 'uid'] as const).filter((name) => (owner[name] ?? '') === '')
    return [
      ...(apiVersion === '' ? [invalidValue(`${field}.apiVersion`, '', 'version must not be empty')] : []),
      ...empty.map((name) => invalidValue(`${field}.${name}`, '', 'must not be empty')),
      ...(apiVersion === 'v1' && kind === 'Event'
        ? [invalidValue(field, owner, '/v1, Kind=Event is disallowed from being an owner')]
        : []),
    ]
  })
  const [first, second] = ownerReferences.filter(({ controller }) => controller === true)
  if (first !== undefined && second !== undefined) {
    const found = `Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`
    const detail = `Only one reference can have Controller set to true. ${found}`
    faults.push(invalidValue(field, ownerReferences, detail))
  }
  return faults
}

/** The rules of a DNS subdomain that a name breaks. */
function subdomainFaults(name: string): string[] {
  return [
    ...(name.length > 253 ? ['must be no more than 253 bytes'] : []),
    ...(SUBDOMAIN.test(name) ? [] : [SUBDOMAIN_RULE]),
  ]
}

/** The rules of a DNS label that a name breaks. */
export function labelFaults(name: string): string[] {
  return [...(name.length > 63 ? ['must be no more than 63 bytes'] : []), ...(LABEL.test(name) ? [] : [LABEL_RULE])]
}

/** The rules of a qualified name, such as a label key, that a text breaks. */
export function qualifiedNameFaults(name: string, what = 'a qualified name'): string[] {
  const parts = name.split('/')
  if (parts.length > 2) {
    return [
      `${what} must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const last = parts.at(-1) ?? ''
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined
  return [
    ...(prefix === '' ? ['prefix part must be non-empty'] : []),
    ...(prefix !== undefined && prefix !== '' ? subdomainFaults(prefix).map((rule) => `prefix part ${rule}`) : []),
    ...(last === '' ? ['name part must be non-empty'] : []),
    ...(last.length > 63 ? ['name part must be no more than 63 bytes'] : []),
    ...(QUALIFIED.test(last) ? [] : [QUALIFIED_RULE]),
  ]
}

/** The rules of a label value that a text breaks. */
export function labelValueFaults(value: string): string[] {
  return [
    ...(value.length > 63 ? ['must be no more than 63 bytes'] : []),
    ...(LABEL_VALUE.test(value) ? [] : [LABEL_VALUE_RULE]),
  ]
}
