import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What of a window's placement is kept: its normal bounds in device-independent pixels and whether it was maximised. */
export interface Placement {
  readonly bounds: Bounds;
  readonly maximized: boolean;
}

export const DEFAULT_SIZE = { width: 1000, height: 680 } as const;
export const SMALLEST_SIZE = { width: 800, height: 560 } as const;
/** Of the title bar, this much must lie on a display for the window to be caught with a pointer. */
const REACHABLE = { width: 80, height: 24 } as const;

const PLACEMENT = z.object({
  bounds: z.object({
    x: z.int(),
    y: z.int(),
    width: z.int().min(SMALLEST_SIZE.width).max(100_000),
    height: z.int().min(SMALLEST_SIZE.height).max(100_000),
  }),
  maximized: z.boolean(),
});

/** The placement kept in `file`; null when there is none that makes sense. */
export function readPlacement(file: string): Placement | null {
  try {
    const parsed = PLACEMENT.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Keeps the placement. Where that fails the window merely opens in the middle next time. */
export function writePlacement(file: string, placement: Placement): void {
  try {
    writeFileSync(file, JSON.stringify(placement), { mode: 0o600 });
  } catch {
    // Not worth a word to the user.
  }
}

/** The kept bounds if a person could still reach the window there on one of the displays' work areas, else null. */
export function reachableBounds(placement: Placement | null, workAreas: readonly Bounds[]): Bounds | null {
  if (placement === null) return null;
  const { bounds } = placement;
  const isReachable = workAreas.some((area) => {
    const width = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
    const height = Math.min(bounds.y + REACHABLE.height, area.y + area.height) - Math.max(bounds.y, area.y);
    return width >= REACHABLE.width && height >= REACHABLE.height;
  });
  return isReachable ? bounds : null;
}
