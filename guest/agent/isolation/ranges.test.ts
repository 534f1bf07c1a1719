import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Denied } from './denied.ts';
import type { Member } from './ranges.ts';
import { createRanges, FIRST_ID, RANGE_COUNT, RANGE_SIZE } from './ranges.ts';

const named = (id: string): Member => ({ root: '/run', id });

const world = () => {
  const alive = new Set<string>();
  const ranges = createRanges(({ root, id }) => alive.has(`${root}/${id}`));
  return {
    ranges,
    start: (id: string) => {
      const range = ranges.acquire(named(id));
      alive.add(`/run/${id}`);
      return range;
    },
    join: (holder: string, id: string) => {
      const range = ranges.join(named(holder), named(id));
      alive.add(`/run/${id}`);
      return range;
    },
    end: (id: string) => void alive.delete(`/run/${id}`),
  };
};

describe('ranges of ids', () => {
  it('gives the first container after boot the range that Docker documents', () => {
    expect(world().start('a')).toEqual({ base: 100_000, size: 65_536 });
  });

  it('gives containers that live at the same time different ranges', () => {
    const { start } = world();
    expect([start('a'), start('b')].map(({ base }) => base)).toEqual([100_000, 165_536]);
  });

  it('uses a freed range again only after all others', () => {
    const { start, end } = world();
    start('a');
    end('a');
    expect(start('b').base).toBe(FIRST_ID + RANGE_SIZE);
    for (let count = 2; count < RANGE_COUNT; count++) {
      start('x');
      end('x');
    }
    expect(start('c').base).toBe(FIRST_ID);
  });

  it('refuses the container after the last range', () => {
    const { start, end } = world();
    for (let count = 0; count < RANGE_COUNT; count++) start(`c${count}`);
    expect(() => start('more')).toThrow(new Denied('container id-mapping allocation failed: no free ranges'));
    end('c77');
    expect(start('more').base).toBe(FIRST_ID + 77 * RANGE_SIZE);
  });

  it('keeps a range for those who joined it when its first holder has ended', () => {
    const { start, join, end, ranges } = world();
    start('a');
    expect(join('a', 'b').base).toBe(FIRST_ID);
    end('a');
    for (let count = 1; count < RANGE_COUNT; count++) start(`c${count}`);
    expect(() => start('more')).toThrow('no free ranges');
    expect(ranges.sharing(named('b')).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('refuses to join a container that has ended', () => {
    const { start, join, end } = world();
    start('a');
    end('a');
    expect(() => join('a', 'b')).toThrow('the container a has ended');
  });

  it('tells containers of the same id below different state directories apart', () => {
    const ranges = createRanges(() => true);
    const first = ranges.acquire({ root: '/one', id: 'a' });
    expect(ranges.acquire({ root: '/two', id: 'a' }).base).not.toBe(first.base);
  });

  it('never lets two live containers overlap, however they come and go', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('start' as const), id: fc.nat(30) }),
      fc.record({ op: fc.constant('end' as const), id: fc.nat(30) }),
      fc.record({ op: fc.constant('fail' as const), id: fc.nat(30) }),
      fc.record({ op: fc.constant('join' as const), id: fc.nat(30), holder: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        /** The groups of containers that share a range on purpose. */
        const groups = new Map<string, { readonly base: number; readonly group: symbol }>();
        const ranges = createRanges(({ id }) => groups.has(id));
        for (const each of steps) {
          const id = String(each.id);
          switch (each.op) {
            case 'start':
              if (!groups.has(id)) groups.set(id, { base: ranges.acquire(named(id)).base, group: Symbol(id) });
              break;
            case 'end':
              groups.delete(id);
              break;
            case 'fail':
              if (!groups.has(id)) {
                ranges.acquire(named(id));
                ranges.release(named(id));
              }
              break;
            case 'join': {
              const holder = groups.get(String(each.holder));
              if (holder === undefined || groups.has(id)) break;
              expect(ranges.join(named(String(each.holder)), named(id)).base).toBe(holder.base);
              groups.set(id, holder);
              break;
            }
          }
          const bases = new Map<symbol, number>();
          for (const { base, group } of groups.values()) bases.set(group, base);
          expect(new Set(bases.values()).size).toBe(bases.size);
          for (const base of bases.values()) expect((base - FIRST_ID) % RANGE_SIZE).toBe(0);
        }
      }),
    );
  });
});
