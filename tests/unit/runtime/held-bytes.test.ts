/** How much memory requests hold while they wait. */
import { expect, it, vi } from 'vitest'
import { HeldBytes } from '../../../shared/runtime/held-bytes.ts'

it('has room for what is released', () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  const first = held.hold('ada', 10)
  expect(held.hold('ada', 1)).toBeUndefined()
  first?.release()
  first?.release()
  expect(held.hold('ada', 10)).toBeDefined()
  expect(held.hold('ada', 1)).toBeUndefined()
})

it('bounds each caller, and all of them together', () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  expect(held.hold('ada', 8)).toBeDefined()
  expect(held.hold('bob', 8)).toBeDefined()
  expect(held.hold('eve', 5)).toBeUndefined()
  expect(held.hold('eve', 4)).toBeDefined()
  expect(held.hold('ada', 1)).toBeUndefined()
})

it('counts what has grown or shrunk', () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  const first = held.hold('ada', 2)
  expect(first?.resize(11)).toBe(false)
  expect(held.hold('ada', 8)).toBeDefined()
  expect(first?.resize(3)).toBe(false)
  expect(first?.resize(1)).toBe(true)
  expect(held.hold('ada', 1)).toBeDefined()
})

it("drops a caller's own oldest first, and nothing of others", () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  const [other, oldest, newer] = [vi.fn(), vi.fn(), vi.fn()]
  held.hold('bob', 10, other)
  held.hold('ada', 3, oldest)
  held.hold('ada', 3, newer)
  expect(held.hold('ada', 7, vi.fn())).toBeDefined()
  expect([oldest, newer, other].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 0])
  expect(held.hold('ada', 10, vi.fn())).toBeDefined()
  expect([oldest, newer, other].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0])
})

it('drops what has gone on after what has not', () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  const drops = [vi.fn(), vi.fn()]
  const [first] = drops.map((drop) => held.hold('ada', 5, drop))
  first?.touch()
  held.hold('ada', 1, vi.fn())
  expect(drops.map(({ mock }) => mock.calls.length)).toEqual([0, 1])
})

it('drops nothing for what has no room anyway', () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  const drop = vi.fn()
  held.hold('ada', 3, drop)
  expect(held.hold('ada', 11, vi.fn())).toBeUndefined()
  expect(drop).not.toHaveBeenCalled()
})

it('drops of those who hold the most when all have too much', () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  const drops = { bob: vi.fn(), eve: vi.fn() }
  held.hold('ada', 8, vi.fn())
  held.hold('bob', 4, drops.bob)
  held.hold('bob', 5, drops.bob)
  expect(held.hold('eve', 3, drops.eve)).toBeDefined()
  expect(drops.bob).not.toHaveBeenCalled()
  expect(held.hold('eve', 1, drops.eve)).toBeDefined()
  expect(drops.bob).toHaveBeenCalledOnce()
  expect(drops.eve).not.toHaveBeenCalled()
})

it('never drops what grows itself', () => {
  const held = new HeldBytes({ caller: 10, all: 20 })
  const drop = vi.fn()
  const other = vi.fn()
  held.hold('ada', 1, other)
  const first = held.hold('ada', 5, drop)
  expect(first?.resize(11)).toBe(false)
  expect(drop).not.toHaveBeenCalled()
  expect(other).not.toHaveBeenCalled()
})
