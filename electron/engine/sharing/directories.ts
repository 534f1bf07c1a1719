import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { EngineWarning } from '../../../shared/contract/engine.ts';
import { SHARE_ROOTS, TEMPORARY_ROOT, type Share } from '../../../shared/contract/sharing.ts';
import type { SharedDirectory } from '../../../shared/contract/vm.ts';
import { textOf } from '../failure.ts';

export interface Shareable {
  readonly shares: readonly Share[];
  readonly warnings: readonly EngineWarning[];
}

const isWithin = (directory: string, place: string): boolean =>
  place === directory || place.startsWith(directory === '/' ? '/' : `${directory}/`);

/** Whether a directory of this path can appear in the VM without hiding anything of the VM's own. */
export const hasPlaceInVm = (place: string): boolean =>
  SHARE_ROOTS.some((root) => isWithin(root, place)) || (isWithin(TEMPORARY_ROOT, place) && place !== TEMPORARY_ROOT);

const warning = (place: string, why: string, remedy: string): EngineWarning => ({
  message: `The directory ${place} is not shared with containers: ${why}.`,
  remedy,
});

const CHANGE = 'Change it under Resources > File sharing and restart the engine.';

/** Why this one cannot be shared; null when it can. */
const refusal = async (place: string): Promise<EngineWarning | null> => {
  if (!path.isAbsolute(place) || /[\0\n]/u.test(place)) return warning(place, 'its path is not absolute', CHANGE);
  if (!hasPlaceInVm(place)) {
    const places = [...SHARE_ROOTS, `${TEMPORARY_ROOT}/…`].join(', ');
    return warning(place, 'in the VM its path belongs to the system', `Share a directory in one of: ${places}.`);
  }
  try {
    if (!(await stat(place)).isDirectory()) return warning(place, 'it is not a directory', CHANGE);
    const real = await realpath(place);
    // The VM sees the directory under the path that it is given; one that leads elsewhere would have two names.
    if (real !== place) return warning(place, `it is a symbolic link; it leads to ${real}`, `Share ${real} instead.`);
    return null;
  } catch (error) {
    return warning(place, textOf(error), `Make the directory and restart the engine. Or: ${CHANGE}`);
  }
};

/** Which of the directories can be shared, each once, and for each other one why it cannot. */
export const shareable = async (asked: readonly SharedDirectory[]): Promise<Shareable> => {
  const warnings: EngineWarning[] = [];
  const found: string[] = [];
  for (const place of new Set(asked.map((each) => path.normalize(each.path).replace(/(?<=.)\/+$/u, '')))) {
    const problem = await refusal(place);
    if (problem === null) found.push(place);
    else warnings.push(problem);
  }
  const outermost = found.filter((place) => !found.some((other) => other !== place && isWithin(other, place)));
  return { shares: outermost.map((place, at) => ({ tag: `share${at}`, path: place })), warnings };
};
