import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunningCommand } from './argv.ts';
import { runningArguments } from './argv.ts';
import { invalidSpec } from './denied.ts';
import type { PlanStep } from './plan.ts';
import { processFor } from './process.ts';
import type { Machine } from './spec.ts';
import { formatSpec, resourcesFor } from './spec.ts';
import { parseProcess, parseResources } from './spec-schema.ts';

export interface RunningContext {
  /** The container's own directory. */
  readonly directory: string;
  readonly program: string;
  readonly machine: Machine;
  /** What the front read from its standard input; null when nothing was asked for there. */
  readonly input: string | null;
}

const parsed = (what: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidSpec(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const rewritten = (command: RunningCommand, context: RunningContext): unknown => {
  switch (command.verb) {
    case 'exec':
      if (command.process === null) throw invalidSpec('exec: the process is not described by a file');
      return processFor(parseProcess(parsed('process', readFileSync(command.process, 'utf8'))), context.machine);
    case 'update':
      if (context.input === null) throw invalidSpec('update: the limits are not on the standard input');
      return resourcesFor(parseResources(parsed('resources', context.input)));
  }
};

/**
 * What is done for a further process of a container, or for other limits: the runtime gets a file that is built anew, as
 * the container's spec was. Devices are never part of it. The container's own filter and namespaces hold for the process
 * in any case, for they are the runtime's business. Returns the file, to be removed when the runtime has ended.
 */
export const planRunning = (
  command: RunningCommand,
  context: RunningContext,
): { readonly file: string; readonly steps: readonly PlanStep[] } => {
  const text = formatSpec(rewritten(command, context));
  const file = path.join(context.directory, `${command.verb}-${randomUUID()}.json`);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  const become: PlanStep = { op: 'exec', path: context.program, args: runningArguments(command, file) };
  // The runtime gives the process its standard streams, as it does at the start of a container.
  return { file, steps: command.verb === 'exec' ? [{ op: 'unshare' }, { op: 'dev' }, become] : [become] };
};
