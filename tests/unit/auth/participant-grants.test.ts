/** Grants that are limited to some participants. */
import { describe, expect, it } from 'vitest'
import type { OrganizationAccess } from '../../../shared/auth/index.ts'
import { action, type Operation, verb, view } from '../../../shared/kind/operation.ts'
import { ADA, accessTo, acme } from '../fixtures/access.ts'

describe('a grant that is limited to participants', () => {
  const limited = (role: string, ...participants: string[]): [typeof ADA, string, object] => [
    ADA,
    role,
    { spec: { participants } },
  ]

  it('lists the participants', async () => {
    const cluster = acme()
      .addMember('acme', ...limited('operator', 'p2', 'p1'))
      .addMember('acme', ...limited('operator', 'p3'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect(access.participants).toEqual(['p1', 'p2', 'p3'])
    expect(access.participantsFor(verb('get'), 'connectors')).toEqual(['p1', 'p2', 'p3'])
  })

  it('neither limits nor widens another grant', async () => {
    const cluster = acme()
      .addMember('acme', ADA, 'viewer')
      .addMember('acme', ...limited('operator', 'p1'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect(access.participantsFor(verb('get'), 'connectors')).toBeUndefined()
    expect(access.participantsFor(verb('patch'), 'connectors')).toEqual(['p1'])
    expect(access.participantsFor(verb('patch'), 'vaults')).toEqual([])
    // Without an operation, the answer is the narrower grant.
    expect(access.participants).toEqual(['p1'])
  })

  it('cannot change what belongs to no participant, and can read what a viewer can', async () => {
    const cluster = acme().addMember('acme', ...limited('owner', 'p1'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    const may = (plural: string, ...operations: Operation[]): string[] =>
      operations.filter((operation) => access.allows(operation, plural)).map(({ name }) => name)
    const changes = [verb('create'), verb('patch'), verb('delete')]
    expect(may('organizations', verb('get'), verb('replace'), ...changes)).toEqual(['get'])
    expect(may('organizationmembers', verb('list'), ...changes, action('grant-owner'))).toEqual(['list'])
    expect(may('vaults', verb('get'), view('references'), view('logs'), ...changes)).toEqual(['get', 'references'])
    expect(may('connectors', verb('get'), view('logs'), verb('create'), action('restart'))).toEqual([
      'get',
      'logs',
      'create',
      'restart',
    ])
    expect(may('participants', verb('patch'), action('rotate-key'))).toEqual(['patch', 'rotate-key'])
    expect(() => access.require(verb('patch'), 'organizations')).toThrow('covers only some participants')
  })

  it('has no effect next to the same role without a limit', async () => {
    const cluster = acme()
      .addMember('acme', ADA, 'operator')
      .addMember('acme', ...limited('operator', 'p1'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect([access.participants, access.participantsFor(verb('patch'), 'connectors')]).toEqual([undefined, undefined])
  })
})
