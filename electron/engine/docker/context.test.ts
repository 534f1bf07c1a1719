import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary.ts';
import { writeDockerContext } from './context.ts';

it('adds a context without touching the current one', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'config.json'), '{"currentContext":"mine"}');
  await writeDockerContext(directory, '/run/a/docker.sock');
  await writeDockerContext(directory, '/run/b/docker.sock');
  // printf bulkhead | sha256sum
  const name = '35877f0234bd1c59d391d740f35651aaeac5867269ee9a9209304b323ec960e0';
  const path = join(directory, 'contexts', 'meta', name, 'meta.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
    Name: 'bulkhead',
    Metadata: { Description: 'Bulkhead' },
    Endpoints: { docker: { Host: 'unix:///run/b/docker.sock', SkipTLSVerify: false } },
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(join(directory, 'config.json'), 'utf8')).toBe('{"currentContext":"mine"}');
});
