import { createHash } from 'node:crypto';
import { tarArchive } from './tar.ts';

export interface ContainerImage {
  /** sha256:… of the image's configuration, which is its id (Docker image specification v1.2). */
  readonly id: string;
  readonly configuration: string;
  /** The archive for `docker load`. */
  readonly tar: Buffer;
}

export const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

const CREATED = '1970-01-01T00:00:00Z';

/** An image of these layers, the lowest first: the same bytes for the same layers, so that its id is known before it is loaded. */
export const containerImage = (layers: readonly Buffer[], reference: string): ContainerImage => {
  const configuration = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: CREATED,
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: layers.map(() => ({ created: CREATED, created_by: 'bulkhead' })),
  });
  const digest = sha256(configuration);
  const file = (name: string, content: Buffer | string) =>
    ({ kind: 'file', name, mode: 0o644, content: Buffer.from(content) }) as const;
  const Layers = layers.map((_, at) => `layer-${at}.tar`);
  const tar = tarArchive([
    file(`${digest}.json`, configuration),
    ...layers.map((layer, at) => file(`layer-${at}.tar`, layer)),
    file('manifest.json', JSON.stringify([{ Config: `${digest}.json`, RepoTags: [reference], Layers }])),
  ]);
  return { id: `sha256:${digest}`, configuration, tar };
};
