import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

describe('turns', () => {
  it('are never those of one that is alone and of another, and everybody gets one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (askers) => {
        const turns = createTurns();
        let shared = 0;
        let alone = 0;
        let served = 0;
        await Promise.all(
          askers.map(async (isAlone) => {
            const letGo = await (isAlone ? turns.alone() : turns.shared());
            if (isAlone) alone += 1;
            else shared += 1;
            expect(alone === 0 || (alone === 1 && shared === 0)).toBe(true);
            await Promise.resolve();
            served += 1;
            if (isAlone) alone -= 1;
            else shared -= 1;
            letGo();
            letGo();
          }),
        );
        expect(served).toBe(askers.length);
      }),
    );
  });

  it('can be shared', async () => {
    const turns = createTurns();
    await turns.shared();
    await expect(turns.shared()).resolves.toBeTypeOf('function');
  });
});
