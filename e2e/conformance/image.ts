import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PROBE_REFERENCE } from '../../guest/image/probe-image.ts';
import { tarArchive } from '../../guest/image/tar.ts';
import { run } from '../../scripts/command.mjs';
import { type AskEngine, CHECK_LABEL, CHECK_NAME, createLab } from '../../shared/conformance/lab.ts';

/** The probe image and, beside busybox, the program `attack`. */
export const ATTACK_IMAGE = 'bulkhead-check/attack:1';

const FLAGS = ['-std=c17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-O2', '-static', '-s'];

/** The program `attack`: the same bytes for the same sources and compiler. */
export const compileAttack = async (): Promise<Buffer> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bulkhead-attack-'));
  try {
    const target = path.join(folder, 'attack');
    const sources = ['attack.c', 'programs.c', 'registry.c'].map((source) => path.join(import.meta.dirname, source));
    await run('gcc', [...FLAGS, ...sources, '-o', target]);
    return readFileSync(target);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Makes the image in the engine; copying into a container and committing it needs no build. */
export const makeAttackImage = async (ask: AskEngine): Promise<void> => {
  const lab = createLab(ask, PROBE_REFERENCE);
  const name = `${CHECK_NAME}image`;
  const demand = async (answer: Promise<string>): Promise<void> => {
    const said = await answer;
    if (said.startsWith('refused')) throw new Error(`the image of the attacks cannot be made: ${said}`);
  };
  await lab.remove('image');
  try {
    await lab.create('image', { Cmd: ['true'] });
    const body = tarArchive([{ kind: 'file', name: 'attack', mode: 0o755, content: await compileAttack() }]);
    await demand(lab.request({ method: 'PUT', path: `/containers/${name}/archive?path=/bin`, body }));
    const [repo = '', tag = ''] = ATTACK_IMAGE.split(':');
    await demand(
      lab.request({
        method: 'POST',
        path: `/commit?container=${name}&repo=${encodeURIComponent(repo)}&tag=${tag}`,
        body: { Labels: { [CHECK_LABEL]: 'true' } },
      }),
    );
  } finally {
    await lab.remove('image');
  }
};
