import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineWarning } from '../../shared/contract/engine.ts';
import { engineError } from './failure.ts';
import { createSparse, growSparse, removeFile, writeAtomically } from './files.ts';

const MIB = 1_048_576;

export interface DataDisk {
  readonly path: string;
  /**
   * Whether the guest may make a file system on it: true until the guest has mounted it once. From then on a disk
   * that can't be mounted is damaged, and formatting it would destroy what can perhaps be saved.
   */
  readonly mayFormat: boolean;
  /** To be called when the guest has mounted the disk. */
  readonly markMounted: () => Promise<void>;
}

const pathIn = (directory: string): string => join(directory, 'data.raw');

/**
 * Opens the data disk in `directory`, or makes a new one there, and grows it to `sizeMiB` when it is smaller. It takes
 * only the space that the guest has written to. It is never made smaller: that would cut off what lies at its end.
 */
export const openDataDisk = async (directory: string, sizeMiB: number): Promise<DataDisk> => {
  const path = pathIn(directory);
  const marker = join(directory, 'data.mounted');
  try {
    if (existsSync(path)) {
      await growSparse(path, sizeMiB * MIB);
    } else {
      // First the marker, so that a crash in between can't forbid formatting a disk that is empty.
      await removeFile(marker);
      await createSparse(path, sizeMiB * MIB);
    }
  } catch (error) {
    throw engineError(
      `The data disk ${path} could not be given its size of ${sizeMiB} MiB: ${error instanceof Error ? error.message : String(error)}.`,
      'Choose a smaller disk usage limit, or make room on the file system that the disk lies on.',
      error,
    );
  }
  return {
    path,
    mayFormat: !existsSync(marker),
    markMounted: async () => {
      if (!existsSync(marker))
        await writeAtomically(marker, 'The guest has mounted data.raw; it must not be formatted.\n');
    },
  };
};

/** Says so when the data disk in `directory` is larger than the limit of `sizeMiB`. */
export const sizeWarnings = async (directory: string, sizeMiB: number): Promise<readonly EngineWarning[]> => {
  const { size } = await stat(pathIn(directory));
  if (size <= sizeMiB * MIB) return [];
  return [
    {
      message: `The data disk has ${Math.ceil(size / MIB)} MiB, so its limit of ${sizeMiB} MiB is not in force: it can grow but not shrink.`,
      remedy: 'Raise the disk usage limit to that size.',
    },
  ];
};
