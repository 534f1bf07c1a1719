import { z } from 'zod';
import type { AppSnapshot, UpdateStatus } from '../contract/app.ts';
import type { DeepCheck } from '../contract/deep-check.ts';
import type { Verification } from '../contract/engine.ts';
import type { Failure, Result } from '../contract/result.ts';
import type { ApplyOutcome, SettingExplanation, SettingsChange } from '../contract/settings.ts';

/**
 * What the CLI and the app say to each other over the control socket: one JSON object a line, UTF-8. Each request has
 * an id that its one answer repeats; requests of one connection may be answered out of order.
 */
export const LONGEST_LINE = 1024 * 1024;

const id = z.int().nonnegative();
/** Answer when the operation has ended (true) or as soon as it has visibly begun (false). */
const wait = z.boolean();

export const CONTROL_REQUEST = z.discriminatedUnion('method', [
  z.strictObject({ id, method: z.literal('snapshot') }),
  /** Answered at once; from then on every change of the snapshot is sent as a ControlEvent. */
  z.strictObject({ id, method: z.literal('watch') }),
  z.strictObject({ id, method: z.literal('showWindow') }),
  z.strictObject({ id, method: z.literal('start'), wait }),
  z.strictObject({ id, method: z.literal('stop'), wait }),
  z.strictObject({ id, method: z.literal('restart'), wait }),
  z.strictObject({ id, method: z.literal('apply'), wait, removeContainers: z.boolean() }),
  /** Which keys there are and what they may hold is decided by the one door behind this. */
  z.strictObject({ id, method: z.literal('changeSettings'), patch: z.record(z.string(), z.unknown()) }),
  z.strictObject({ id, method: z.literal('resetSettings'), keys: z.array(z.string()) }),
  /** `key` is the name of a setting or the dotted name of a key of the policy. */
  z.strictObject({ id, method: z.literal('explain'), key: z.string() }),
  z.strictObject({ id, method: z.literal('verify') }),
  z.strictObject({ id, method: z.literal('deepVerify') }),
  /** Answered before the app begins to quit; it has quit when its process is gone. */
  z.strictObject({ id, method: z.literal('quit'), force: z.boolean() }),
  /** The same, and the app starts again once it has quit. */
  z.strictObject({ id, method: z.literal('relaunch') }),
  z.strictObject({ id, method: z.literal('checkForUpdates') }),
]);

export type ControlRequest = z.output<typeof CONTROL_REQUEST>;
/** A request as a caller writes it: the client numbers it. */
export type ControlCall = ControlRequest extends infer R ? (R extends ControlRequest ? Omit<R, 'id'> : never) : never;

/** What each method answers with, inside a Result. */
export interface ControlValues {
  readonly snapshot: AppSnapshot;
  readonly watch: AppSnapshot;
  /** False where the app runs without a display to show a window on. */
  readonly showWindow: { readonly shown: boolean };
  readonly start: null;
  readonly stop: null;
  readonly restart: null;
  readonly apply: ApplyOutcome;
  readonly changeSettings: SettingsChange;
  readonly resetSettings: SettingsChange;
  readonly explain: SettingExplanation;
  readonly verify: Verification;
  readonly deepVerify: DeepCheck;
  readonly quit: { readonly pid: number };
  readonly relaunch: { readonly pid: number };
  readonly checkForUpdates: UpdateStatus;
}

/** `id` is null in the answer to a line that holds none. */
export interface ControlAnswer {
  readonly id: number | null;
  readonly result: Result<unknown>;
}

export interface ControlEvent {
  readonly event: 'snapshot';
  readonly snapshot: AppSnapshot;
}

const FAILURE = z.looseObject({ code: z.string(), message: z.string(), remedy: z.string() });

/**
 * A message of the app as the CLI reads it. Its frame is checked; the values in it are taken for what the contract says,
 * because they come from the same product, run by the same user.
 */
export const controlMessage = <T>() =>
  z.union([
    z.object({
      id: z.int().nullable(),
      result: z.discriminatedUnion('ok', [
        z.object({ ok: z.literal(true), value: z.custom<T>() }),
        z.object({ ok: z.literal(false), error: z.custom<Failure>((error) => FAILURE.safeParse(error).success) }),
      ]),
    }),
    z.object({
      event: z.literal('snapshot'),
      snapshot: z.custom<AppSnapshot>((snapshot) => typeof snapshot === 'object'),
    }),
  ]);
