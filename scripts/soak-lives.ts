import { Stop } from './command.mjs';

const SIZE = 65_536;

/**
 * What every container writes into one file at the beginning and at the end of its life, each in one write(2) of its own to a
 * file opened for appending: their order there is that in which they happened (write(2), O_APPEND).
 */
export const writesLife = (name: string, file: string, between: string): string =>
  `read -r a b c </proc/self/uid_map; echo "+ ${name} $a $b $c" >>${file}; ${between}; echo "- ${name}" >>${file}`;

export interface Lives {
  /** Takes the next lines of the file. Throws a Stop at the first that shows two containers with an id in common, or one without a range of its own. */
  readonly read: (lines: readonly string[]) => void;
  readonly counts: () => {
    readonly started: number;
    readonly living: number;
    readonly ranges: number;
    readonly again: number;
  };
}

/** Follows which ids which containers had while they lived. */
export const createLives = (): Lives => {
  const living = new Map<string, number>();
  const seen = new Set<number>();
  let started = 0;

  const begin = (name: string, inside: number, outside: number, size: number): void => {
    if (inside !== 0 || !(outside >= SIZE) || size !== SIZE) {
      throw new Stop(`The container ${name} is not isolated: its ids are mapped ${inside} ${outside} ${size}.`);
    }
    for (const [other, from] of living) {
      if (Math.abs(from - outside) < SIZE) {
        throw new Stop(`${name} and ${other} live at once and share ids: from ${outside} and from ${from}.`);
      }
    }
    living.set(name, outside);
    seen.add(outside);
    started += 1;
  };

  return {
    read: (lines) => {
      for (const line of lines) {
        const [sign, name = '', inside, outside, size] = line.split(' ');
        if (sign === '+') begin(name, Number(inside), Number(outside), Number(size));
        else if (sign !== '-' || !living.delete(name))
          throw new Stop(`A container has written what it should not: ${line}`);
      }
    },
    counts: () => ({ started, living: living.size, ranges: seen.size, again: started - seen.size }),
  };
};
