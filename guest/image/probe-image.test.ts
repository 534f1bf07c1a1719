import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PROBE_REFERENCE, probeImage } from './probe-image.ts';

const read = (archive: Buffer, name: string): Buffer =>
  execFileSync('tar', ['--extract', '--to-stdout', '--file=-', name], { input: archive, maxBuffer: 64 << 20 });

describe('probeImage', () => {
  it('is named by the digest of its configuration, which names its layer', () => {
    const { id, tar } = probeImage();
    const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    const [entry] = JSON.parse(read(tar, 'manifest.json').toString()) as {
      readonly Config: string;
      readonly RepoTags: readonly string[];
      readonly Layers: readonly string[];
    }[];
    const configuration = read(tar, entry?.Config ?? '');
    expect(`sha256:${sha256(configuration)}`).toBe(id);
    const { rootfs } = JSON.parse(configuration.toString()) as {
      readonly rootfs: { readonly diff_ids: readonly string[] };
    };
    expect(rootfs.diff_ids).toEqual([`sha256:${sha256(read(tar, entry?.Layers[0] ?? ''))}`]);
    expect(entry?.RepoTags).toEqual([PROBE_REFERENCE]);
  });

  it('is the same each time', () => {
    expect(probeImage().tar.equals(probeImage().tar)).toBe(true);
  });
});
