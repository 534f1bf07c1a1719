import type { Accelerator, Verification } from './engine.ts';

/** One attack that was tried on the user's own engine. */
export interface DeepCheckResult {
  readonly id: string;
  readonly title: string;
  /** How it was carried out, e.g. `docker run --privileged`. */
  readonly door: string;
  /** What isolation is to make of it, and the pattern (ECMAScript) that what happened has to match. */
  readonly expected: 'refused' | 'neutralised' | 'works';
  readonly pattern: string;
  /** What happened: `refused: …` with Docker's message, or what a container printed. */
  readonly observation: string;
  readonly verdict: 'withstood' | 'harmed' | 'unexpected';
}

/** What the engine is told, so that the report stands for itself. */
export interface DeepCheckContext {
  readonly bulkhead: string;
  readonly platform: string;
  /** The effective settings: value, where it comes from, whether it is locked. */
  readonly settings: Readonly<
    Record<string, { readonly value: unknown; readonly source: string; readonly locked: boolean }>
  >;
  /** The administrator's file in force. */
  readonly policyPath: string | null;
}

/** The report of `bulkhead verify --deep`. Times are ISO 8601. */
export interface DeepCheck extends DeepCheckContext {
  /** `isolationOff`: the engine runs without isolation, so that nothing was tried. */
  readonly verdict: 'withstood' | 'failed' | 'isolationOff';
  readonly startedAt: string;
  readonly endedAt: string;
  /** Docker's own version and the kernel of the VM. */
  readonly engine: { readonly version: string; readonly kernel: string };
  /** Id of the image whose containers carried the attacks out. */
  readonly image: string;
  readonly accelerator: Accelerator | null;
  readonly bootId: string | null;
  /** The measurement made first. */
  readonly verification: Verification;
  readonly results: readonly DeepCheckResult[];
  /** Where the report was saved as JSON; null when it could not be. */
  readonly savedAs: string | null;
}

/** How far a deep check has come. */
export interface DeepCheckProgress {
  readonly done: number;
  readonly total: number;
}
