import { Denied } from './denied.ts';

/** A run of ids of the VM that one user namespace uses as its ids 0..size-1. */
export interface Range {
  readonly base: number;
  readonly size: number;
}

/** A container as the runtime knows it: its id is unique below the runtime's state directory. */
export interface Member {
  readonly root: string;
  readonly id: string;
}

export const FIRST_ID = 100_000;
export const RANGE_SIZE = 65_536;
export const RANGE_COUNT = 4096;

export interface Ranges {
  /** Gives the member a range that no live member has. Throws Denied when every range is in use. */
  readonly acquire: (member: Member) => Range;
  /** Makes the member a further holder of the range that `holder` has; it is free only when none of them is left. */
  readonly join: (holder: Member, member: Member) => Range;
  /** Takes back what acquire or join gave to a member that never came to life. */
  readonly release: (member: Member) => void;
  /** Whoever has shared the member's range since it was given out, itself included; empty when it has none. */
  readonly sharing: (member: Member) => readonly Member[];
  /** The live member for which `matches` is true. */
  readonly find: (matches: (member: Member) => boolean) => Member | null;
}

const same = (a: Member, b: Member): boolean => a.id === b.id && a.root === b.root;

/**
 * Hands out exclusive ranges, next-fit from `FIRST_ID` up, so that ids are reused as late as possible. A range is taken
 * back lazily: only when it is to be given out again are its holders asked, through `isLive`, whether they are gone.
 * The state lives in memory, since the VM does not outlive the process that holds it.
 */
export const createRanges = (isLive: (member: Member) => boolean): Ranges => {
  const holders = new Map<number, readonly Member[]>();
  let next = 0;

  const rangeAt = (slot: number): Range => ({ base: FIRST_ID + slot * RANGE_SIZE, size: RANGE_SIZE });

  const slotOf = (member: Member): number | null => {
    for (const [slot, members] of holders) if (members.some((other) => same(other, member))) return slot;
    return null;
  };

  const isFree = (slot: number): boolean => {
    const members = holders.get(slot);
    if (members === undefined) return true;
    if (members.some(isLive)) return false;
    holders.delete(slot);
    return true;
  };

  const release = (member: Member): void => {
    const slot = slotOf(member);
    if (slot === null) return;
    const rest = (holders.get(slot) ?? []).filter((other) => !same(other, member));
    if (rest.length === 0) holders.delete(slot);
    else holders.set(slot, rest);
  };

  return {
    acquire: (member) => {
      release(member);
      for (let step = 0; step < RANGE_COUNT; step++) {
        const slot = (next + step) % RANGE_COUNT;
        if (!isFree(slot)) continue;
        holders.set(slot, [member]);
        next = (slot + 1) % RANGE_COUNT;
        return rangeAt(slot);
      }
      throw new Denied('container id-mapping allocation failed: no free ranges');
    },
    join: (holder, member) => {
      release(member);
      const slot = slotOf(holder);
      if (slot === null || !isLive(holder)) {
        throw new Denied(`container id-mapping allocation failed: the container ${holder.id} has ended`);
      }
      holders.set(slot, [...(holders.get(slot) ?? []), member]);
      return rangeAt(slot);
    },
    release,
    sharing: (member) => {
      const slot = slotOf(member);
      return slot === null ? [] : (holders.get(slot) ?? []);
    },
    find: (matches) => {
      for (const members of holders.values()) {
        const found = members.find((member) => isLive(member) && matches(member));
        if (found !== undefined) return found;
      }
      return null;
    },
  };
};
