import { containerImage, sha256 } from '../../guest/image/container-image.ts';
import { probeLayer } from '../../guest/image/probe-image.ts';
import { tarArchive, type TarEntry } from '../../guest/image/tar.ts';
import { ALLOWED_COMMANDS, IMAGES, REGISTRY_PORT } from '../../shared/conformance/attacks/socket-list.ts';
import { partsOf, pull } from '../../shared/conformance/attacks/socket-door.ts';
import { type AskEngine, CHECK_NAME, createLab, waitFor } from '../../shared/conformance/lab.ts';
import type { DockerSocketPermissions } from '../../shared/contract/vm.ts';
import { ATTACK_IMAGE, compileAttack } from './image.ts';

/** An image in the registry, as the engine asks for it (Docker's image manifest, version 2, schema 2). */
interface Published {
  readonly reference: string;
  readonly digest: string;
  /** The registry's files, by their paths. */
  readonly files: readonly TarEntry[];
}

const file = (name: string, content: Buffer | string): TarEntry => ({
  kind: 'file',
  name,
  mode: 0o644,
  content: Buffer.from(content),
});

const publish = (reference: string, layers: readonly Buffer[]): Published => {
  const { repository, tag } = partsOf(reference);
  const { configuration } = containerImage(layers, reference);
  const described = (mediaType: string, content: Buffer | string) => ({
    mediaType: `application/vnd.docker.${mediaType}`,
    size: Buffer.byteLength(content),
    digest: `sha256:${sha256(content)}`,
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: described('container.image.v1+json', configuration),
    layers: layers.map((layer) => described('image.rootfs.diff.tar', layer)),
  });
  const digest = `sha256:${sha256(manifest)}`;
  // The registry is not told its own name.
  const folder = `v2/${repository.slice(repository.indexOf('/') + 1)}`;
  return {
    reference,
    digest,
    files: [
      file(`${folder}/manifests/${tag}`, manifest),
      file(`${folder}/manifests/${digest}`, manifest),
      ...[configuration, ...layers].map((content) => file(`${folder}/blobs/sha256:${sha256(content)}`, content)),
    ],
  };
};

/** Images that may have the Docker socket, images that only look like them, and a registry in the VM that has some of both. */
export interface Registry {
  readonly permissions: DockerSocketPermissions;
  /** Starts the registry in a container and brings the images into the engine. */
  readonly open: (ask: AskEngine) => Promise<void>;
}

/** Nothing of it depends on the engine, so that the digests are known before there is one. */
export const makeRegistry = async (): Promise<Registry> => {
  const probe = probeLayer();
  const attack = tarArchive([
    { kind: 'file', name: 'bin/attack', mode: 0o755, content: await compileAttack() },
    file('listed', 'In no image but those of the registry.\n'),
  ]);
  const other = tarArchive([file('other', 'In no listed image.\n')]);
  const byDigest = publish(IMAGES.byDigest, [attack, probe]);
  const published = [
    publish(IMAGES.byTag, [probe, attack]),
    byDigest,
    publish(IMAGES.otherTag, [probe, attack, other]),
  ];
  return {
    permissions: {
      images: [IMAGES.byTag, `${partsOf(IMAGES.byDigest).repository}@${byDigest.digest}`],
      allowDerivedImages: true,
      commandListType: 'allow',
      commands: ALLOWED_COMMANDS,
    },
    open: async (ask) => {
      const lab = createLab(ask, ATTACK_IMAGE);
      const port = String(REGISTRY_PORT);
      const demand = async (answer: Promise<string>): Promise<void> => {
        const said = await answer;
        if (said.startsWith('refused')) throw new Error(`there is no registry: ${said}`);
      };
      await lab.create('registry', {
        Cmd: ['attack', 'registry', port],
        WorkingDir: '/tmp',
        ExposedPorts: { [`${port}/tcp`]: {} },
        HostConfig: { PortBindings: { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: port }] } },
      });
      const body = tarArchive(published.flatMap(({ files }) => files));
      await demand(lab.request({ method: 'PUT', path: `/containers/${CHECK_NAME}registry/archive?path=/tmp`, body }));
      await lab.start('registry');
      for (const { reference } of published) {
        // It listens a moment after its container has started.
        await demand(waitFor(() => pull(lab, reference), /^ran/u));
      }
      const { tar } = containerImage([other, probe, attack], IMAGES.endsAlike);
      await demand(lab.request({ method: 'POST', path: '/images/load', body: tar }));
    },
  };
};
