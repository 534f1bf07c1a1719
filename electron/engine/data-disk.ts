import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createSparse, removeFile, writeAtomically } from './files.ts';

/** Size of a new data disk in bytes: 64 GiB. It takes only the space that the guest has written to. */
export const DATA_DISK_SIZE = 68_719_476_736;

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

/** Opens the data disk in `directory`, or makes a new one there. */
export const openDataDisk = async (directory: string, size = DATA_DISK_SIZE): Promise<DataDisk> => {
  const path = join(directory, 'data.raw');
  const marker = join(directory, 'data.mounted');
  if (!existsSync(path)) {
    // First the marker, so that a crash in between can't forbid formatting a disk that is empty.
    await removeFile(marker);
    await createSparse(path, size);
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
