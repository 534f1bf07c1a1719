import path from 'node:path';
import { ISOLATED_RUNTIME } from '../../../shared/contract/engine.ts';
import type { RuntimeCommand } from './argv.ts';

/**
 * Whether a container is isolated. With isolation on every one is, whatever runtime was asked for. With isolation off
 * those stay isolated that were made under it: they belong to the runtime of that name, which dockerd tells apart by the
 * state directory (`runtimes.NAME.options.Root` in its configuration) or by the name of the program.
 */
export const isIsolated = (isolation: boolean, command: Pick<RuntimeCommand, 'program' | 'root'>): boolean =>
  isolation ||
  command.program === ISOLATED_RUNTIME ||
  (command.root !== null && command.root.split(path.sep).includes(`runtime-${ISOLATED_RUNTIME}`));
