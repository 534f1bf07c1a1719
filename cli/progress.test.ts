import { describe, expect, it } from 'vitest';
import type { EngineSnapshot, StepProgress } from '../shared/contract/engine.ts';
import { progressPrinter } from './progress.ts';

const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:02.500Z';

const snapshot = (steps: readonly StepProgress[]): EngineSnapshot => ({
  state: { kind: 'stopped', since: AT },
  steps,
  cancellable: false,
  accelerator: null,
  eci: { configured: false, enforced: null },
  verification: null,
  deepCheck: null,
  warnings: [],
  dockerSocket: '',
  bootId: null,
  logPath: '',
});

const boot: StepProgress = { step: 'boot', startedAt: AT, endedAt: null, outcome: 'running', detail: null };
const booted: StepProgress = { ...boot, endedAt: LATER, outcome: 'done', detail: 'The agent answers.' };

describe('progressPrinter', () => {
  it('prints the beginning and the end of a step, each once', () => {
    const lines: string[] = [];
    const print = progressPrinter((line) => lines.push(line));
    for (const steps of [[], [boot], [boot], [booted], [booted]]) print(snapshot(steps));
    expect(lines).toEqual(['Boot the VM…', 'Boot the VM: done after 2.5 s: The agent answers.']);
  });

  it('leaves out what had ended before it looked, and tells a second try from the first', () => {
    const lines: string[] = [];
    const print = progressPrinter((line) => lines.push(line));
    print(snapshot([booted]));
    print(snapshot([booted]));
    expect(lines).toEqual([]);
    print(snapshot([{ ...boot, startedAt: LATER }]));
    expect(lines).toEqual(['Boot the VM…']);
  });
});
