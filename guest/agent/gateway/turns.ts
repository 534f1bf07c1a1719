/** Keeps two kinds of work apart: any number may share the time, one that wants to be alone waits for them and they for it. */
export interface Turns {
  /** Resolves when it is the asker's turn, to the way to let go, which may be called again without effect. */
  shared(): Promise<() => void>;
  alone(): Promise<() => void>;
}

/** Turns are given in the order in which they were asked for. */
export const createTurns = (): Turns => {
  const waiting: { readonly alone: boolean; readonly start: () => void }[] = [];
  let sharing = 0;
  let isTaken = false;

  const giveTurns = (): void => {
    for (let next = waiting[0]; next !== undefined && !isTaken && !(next.alone && sharing > 0); next = waiting[0]) {
      waiting.shift();
      if (next.alone) isTaken = true;
      else sharing += 1;
      next.start();
    }
  };
  const take = (alone: boolean): Promise<() => void> =>
    new Promise((resolve) => {
      let isOver = false;
      const letGo = (): void => {
        if (isOver) return;
        isOver = true;
        if (alone) isTaken = false;
        else sharing -= 1;
        giveTurns();
      };
      waiting.push({ alone, start: () => resolve(letGo) });
      giveTurns();
    });

  return { shared: () => take(false), alone: () => take(true) };
};
