import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { containerImage, sha256 } from './container-image.ts';

const read = (archive: Buffer, name: string): Buffer =>
  execFileSync('tar', ['--extract', '--to-stdout', '--file=-', name], { input: archive });

it('has its layers in their order, under its name', () => {
  const layers = ['first', 'second'].map((text) => Buffer.from(text));
  const { id, configuration, tar } = containerImage(layers, 'example/image:1');
  const [entry] = JSON.parse(read(tar, 'manifest.json').toString()) as {
    readonly Config: string;
    readonly RepoTags: readonly string[];
    readonly Layers: readonly string[];
  }[];
  expect(entry?.RepoTags).toEqual(['example/image:1']);
  expect(entry?.Layers.map((name) => read(tar, name).toString())).toEqual(['first', 'second']);
  expect(read(tar, entry?.Config ?? '').toString()).toBe(configuration);
  expect(id).toBe(`sha256:${sha256(configuration)}`);
  expect(JSON.parse(configuration)).toMatchObject({
    rootfs: { diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
  });
});
