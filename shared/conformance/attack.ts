import type { Batch } from './batches.ts';
import type { HostConfig, Lab } from './lab.ts';

/**
 * How an attack is carried out. A start takes seconds under emulation, so scripts of one batch run in one container, and
 * settings of one group come together in one; everything else talks to the API by itself.
 */
export type Attempt =
  | {
      readonly kind: 'script';
      readonly batches: readonly Batch[];
      /** For busybox's sh, with `attack` in the path where the image has that program. */
      readonly script: string;
    }
  | {
      /** A container with these settings. Those of one group are first tried as one container with all of them. */
      readonly kind: 'config';
      readonly group: string;
      readonly door: string;
      readonly hostConfig: HostConfig;
      readonly script: string;
    }
  | { readonly kind: 'api'; readonly door: string; readonly perform: (lab: Lab) => Promise<string> };

/** What an engine with isolation makes of it. */
export type Outcome = 'refused' | 'neutralised' | 'works';

export interface Attack {
  /** Number and, where one number stands for several ways, a letter or word. */
  readonly id: string;
  readonly title: string;
  readonly attempt: Attempt;
  /** With isolation on. */
  readonly outcome: Outcome;
  /** The observation with isolation on. */
  readonly expected: RegExp;
  /** The observation that shows harm. Null: there is none, because the entry is ordinary use. */
  readonly harm: RegExp | null;
  /** Why no harm can be shown with isolation off, where that is so. */
  readonly unharmed?: string;
  /** Why the engine is known not to withstand it, where that is so. */
  readonly knownGap?: string;
  /** May run on an engine in use: it changes nothing even if it succeeds, and needs nothing but the probe image. */
  readonly safe?: true;
}

/** What became of one attack at one door. */
export type Verdict = 'withstood' | 'harmed' | 'unexpected';

export const verdictOf = ({ harm, expected }: Attack, observation: string): Verdict => {
  if (harm?.test(observation) === true) return 'harmed';
  return expected.test(observation) ? 'withstood' : 'unexpected';
};
