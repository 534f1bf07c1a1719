import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../files.ts';

export const CONTEXT_NAME = 'bulkhead';

/**
 * Writes the docker context `bulkhead` into a Docker configuration directory (`~/.docker`), so that
 * `docker --context bulkhead` reaches the engine. The current context stays what it is. The CLI finds a context in
 * contexts/meta under the sha256 of its name (docker/cli, cli/context/store).
 */
export const writeDockerContext = async (configDirectory: string, socket: string): Promise<void> => {
  const directory = join(configDirectory, 'contexts', 'meta', createHash('sha256').update(CONTEXT_NAME).digest('hex'));
  const content = JSON.stringify({
    Name: CONTEXT_NAME,
    Metadata: { Description: 'Bulkhead' },
    Endpoints: { docker: { Host: `unix://${socket}`, SkipTLSVerify: false } },
  });
  const path = join(directory, 'meta.json');
  if ((await readFile(path, 'utf8').catch(() => null)) === content) return;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeAtomically(path, content);
};
