import type { EngineSnapshot, EngineStep } from '../shared/contract/engine.ts';

const NAMES: Readonly<Record<EngineStep, string>> = {
  image: 'Check the VM image',
  accelerator: 'Choose the accelerator',
  boot: 'Boot the VM',
  engine: 'Start Docker Engine',
  verify: 'Measure the isolation',
  containers: 'Stop the containers',
  powerOff: 'Power off the VM',
};

/**
 * Prints a line when a step of the engine begins and one when it ends, each once, from snapshots in order. Steps that
 * had ended before the first snapshot belong to an earlier operation and are not printed.
 */
export function progressPrinter(print: (line: string) => void): (engine: EngineSnapshot) => void {
  const printed = new Set<string>();
  let isFirst = true;
  const once = (id: string, line: string, isSilent: boolean): void => {
    if (printed.has(id)) return;
    printed.add(id);
    if (!isSilent) print(line);
  };
  return ({ steps }) => {
    for (const { step, startedAt, endedAt, outcome, detail } of steps) {
      const isPast = isFirst && endedAt !== null;
      once(`${step} ${startedAt}`, `${NAMES[step]}…`, isPast);
      if (endedAt === null) continue;
      const seconds = ((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1);
      const remark = detail === null ? '' : `: ${detail}`;
      once(`${step} ${startedAt} ${endedAt}`, `${NAMES[step]}: ${outcome} after ${seconds} s${remark}`, isPast);
    }
    isFirst = false;
  };
}
