import { describe, expect, it } from 'vitest'
import { type Role, strongest } from '../../../shared/auth/roles.ts'

describe('the strongest role', () => {
  it.each<[Role[], Role | undefined]>([
    [[], undefined],
    [['viewer', 'owner', 'admin'], 'owner'],
    [['owner', 'viewer'], 'owner'],
    [['platform-admin', 'owner'], 'platform-admin'],
    // Of equally strong ones the first.
    [['viewer', 'platform-viewer'], 'viewer'],
    [['platform-viewer', 'viewer'], 'platform-viewer'],
  ])('of %s is %s', (roles, expected) => {
    expect(strongest(roles)).toBe(expected)
  })
})
