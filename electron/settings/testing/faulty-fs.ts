import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** A point in a program's use of the file system at which it could be killed, or a call could fail. */
export interface Step {
  /** The name of the synchronous function of node:fs. */
  readonly call: string;
  /** `halfway` is a write of which the disk has taken only a part. */
  readonly phase: 'before' | 'halfway' | 'after';
  readonly first: unknown;
}

/** All that change a file, and those that code may rely on in doing so. */
const CALLS = [
  'accessSync',
  'chmodSync',
  'chownSync',
  'closeSync',
  'fstatSync',
  'fsyncSync',
  'ftruncateSync',
  'mkdirSync',
  'openSync',
  'readFileSync',
  'readSync',
  'readdirSync',
  'realpathSync',
  'renameSync',
  'rmSync',
  'statSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync',
] as const;

/** With `short` at a halfway step, that part is all the disk takes, without an error (write(2)). */
type Listener = (step: Step) => 'short' | undefined;

let listener: Listener | null = null;
let isListening = false;

function tell(step: Step): ReturnType<Listener> {
  if (listener === null || isListening) return undefined;
  isListening = true;
  try {
    return listener(step);
  } finally {
    isListening = false;
  }
}

/**
 * Calls back at every step that `work` takes on the file system; what the listener throws is what the call fails with.
 * Import this module before everything that keeps functions of node:fs for itself.
 */
export function atEachStep<T>(onStep: Listener, work: () => T): T {
  listener = onStep;
  try {
    return work();
  } finally {
    listener = null;
  }
}

const originals = { ...fs };

for (const call of CALLS) {
  const original: (...args: never[]) => unknown = originals[call];
  const wrapped = (...args: never[]): unknown => {
    const [first] = args;
    tell({ call, phase: 'before', first });
    const part = call === 'writeSync' ? writeHalf(args, first) : null;
    if (part !== null) return part;
    const result = original(...args);
    tell({ call, phase: 'after', first });
    return result;
  };
  Object.assign(fs, { [call]: Object.assign(wrapped, original) });
}
syncBuiltinESMExports();

/** How much was written, where that is all. Otherwise the whole is written over it, from the file's beginning. */
function writeHalf(args: readonly unknown[], first: unknown): number | null {
  const [descriptor, text] = args;
  if (listener === null || isListening || typeof descriptor !== 'number' || typeof text !== 'string') return null;
  const length = originals.writeSync(descriptor, text.slice(0, text.length / 2), 0);
  return tell({ call: 'writeSync', phase: 'halfway', first }) === 'short' ? length : null;
}
