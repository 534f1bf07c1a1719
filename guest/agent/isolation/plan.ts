import type { OwnNamespaces, Taken } from './namespaces.ts';

/**
 * What the runtime front executes before it becomes the real runtime. The front decides nothing: the agent sends these
 * steps over the runtime socket and the front carries them out in order, in a private mount namespace, as root of the VM.
 * Any step that fails ends the start (fail closed).
 */
export type PlanStep =
  /** unshare(CLONE_NEWNS), then everything rslave: what follows is seen by this container only. */
  | { readonly op: 'unshare' }
  /**
   * Make the user namespace whose mapping `attach` and `overlay` use: ids 0..size-1 are base..base+size-1 in the VM. It is
   * made by the id `base`, so that what the kernel counts for its maker is the container's own (user_namespaces(7)). With
   * `places` a time namespace is made in it that begins now, and both are bound there for the runtime.
   */
  | {
      readonly op: 'userns';
      readonly base: number;
      readonly size: number;
      readonly places: OwnNamespaces | null;
    }
  /**
   * Bind a namespace of the process `pid` at `place` for the runtime. The process must have the mapping of the range, which
   * nobody has but the containers that share it: the number may have become another process's since the agent looked.
   */
  | ({ readonly op: 'join'; readonly base: number; readonly size: number } & Taken)
  /** Create a missing mountpoint at `path` inside `root`, resolved with RESOLVE_IN_ROOT (openat2(2)); an existing one is left. */
  | { readonly op: 'stub'; readonly root: string; readonly path: string; readonly kind: 'dir' | 'file' }
  /**
   * Clone one mount (open_tree(2), not recursive), check that the clone's root is the inode the agent approved, set its
   * attributes, attach it at `path` resolved inside `root`. `identity` null: the source is the agent's own choice, or lies
   * in the mount `within`, which the plan made: then no link and no other mount is followed on the way to it (openat2(2)).
   */
  | {
      readonly op: 'attach';
      readonly source: string;
      readonly within?: string;
      readonly identity: { readonly dev: bigint; readonly ino: bigint } | null;
      readonly root: string;
      readonly path: string;
      readonly flags: readonly AttachFlag[];
    }
  /** Mount an overlay as the mapped root (fsuid), so that its upper layer is writable through the id mapping; fails when it comes out read-only. `upper` null: a read-only overlay. Always nodev. */
  | {
      readonly op: 'overlay';
      readonly target: string;
      readonly lower: readonly string[];
      readonly upper: { readonly dir: string; readonly work: string } | null;
    }
  /** Replace /dev by a private tmpfs with null zero full random urandom tty, and reopen standard streams that are /dev/null from it. */
  | { readonly op: 'dev' }
  /** Become this program, with an empty environment but PATH. Always the last step. */
  | { readonly op: 'exec'; readonly path: string; readonly args: readonly string[] };

export type AttachFlag = 'idmap' | 'ro' | 'nodev' | 'nosuid' | 'noexec';

export type Answer =
  | { readonly kind: 'plan'; readonly steps: readonly PlanStep[] }
  /** The front writes `message` where the runtime's caller expects errors and exits with 1. */
  | { readonly kind: 'deny'; readonly message: string };

/** Fields are separated by tabs and lines by newlines, so these and '%' are percent-encoded in every field. */
const encodeField = (field: string): string =>
  field.replace(/[%\t\n\r\0]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

const fieldsOf = (step: PlanStep): readonly string[] => {
  switch (step.op) {
    case 'unshare':
    case 'dev':
      return [step.op];
    case 'userns':
      return [step.op, String(step.base), String(step.size), step.places?.user ?? '-', step.places?.time ?? '-'];
    case 'join':
      return [step.op, String(step.pid), step.name, step.place, String(step.base), String(step.size)];
    case 'stub':
      return [step.op, step.root, step.path, step.kind];
    case 'attach': {
      const identity = step.identity === null ? '-' : `${step.identity.dev}:${step.identity.ino}`;
      return [step.op, step.source, step.within ?? '-', identity, step.root, step.path, step.flags.join(',') || '-'];
    }
    case 'overlay':
      return [step.op, step.target, step.upper?.dir ?? '-', step.upper?.work ?? '-', ...step.lower];
    case 'exec':
      return [step.op, step.path, ...step.args];
  }
};

/** The answer as the front reads it: one step a line, ended by a line `end` so that a cut answer is never executed. */
export const encodeAnswer = (answer: Answer): string => {
  const lines = answer.kind === 'deny' ? [['deny', answer.message]] : answer.steps.map(fieldsOf);
  return [...lines, ['end']].map((fields) => fields.map(encodeField).join('\t')).join('\n') + '\n';
};
