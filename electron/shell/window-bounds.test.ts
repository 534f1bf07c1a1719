import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reachableBounds, readPlacement, writePlacement, type Placement } from './window-bounds.ts';

const placement: Placement = { bounds: { x: 10, y: 20, width: 900, height: 600 }, maximized: false };
const screen = { x: 0, y: 0, width: 1920, height: 1080 };

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'bh-bounds-'));
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

describe('the kept placement', () => {
  it('is read back as it was written', () => {
    const file = path.join(base, 'window.json');
    writePlacement(file, placement);
    expect(readPlacement(file)).toEqual(placement);
  });

  it.each(['', '{', '[]', '{"bounds":{"x":0,"y":0,"width":1,"height":1},"maximized":false}'])(
    'is ignored when the file holds %j',
    (text) => {
      const file = path.join(base, 'window.json');
      writeFileSync(file, text);
      expect(readPlacement(file)).toBeNull();
    },
  );

  it('is not missed when it cannot be written', () => {
    expect(() => writePlacement(path.join(base, 'absent/window.json'), placement)).not.toThrow();
  });
});

describe('reachableBounds', () => {
  const at = (x: number, y: number): Placement => ({ ...placement, bounds: { ...placement.bounds, x, y } });

  it('accepts a window whose title bar can be caught', () => {
    expect(reachableBounds(placement, [screen])).toEqual(placement.bounds);
    expect(reachableBounds(at(-800, 0), [screen])).not.toBeNull();
    expect(reachableBounds(at(2000, 0), [screen, { ...screen, x: 1920 }])).not.toBeNull();
  });

  it('refuses one on a display that is gone, or with its title bar outside', () => {
    expect(reachableBounds(at(2000, 0), [screen])).toBeNull();
    expect(reachableBounds(at(0, -30), [screen])).toBeNull();
    expect(reachableBounds(at(1900, 0), [screen])).toBeNull();
    expect(reachableBounds(null, [screen])).toBeNull();
  });
});
