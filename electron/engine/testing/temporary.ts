import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory of its own for the test that runs, removed afterwards. Short, because socket paths must be. */
export const temporaryDirectory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'bh-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};
