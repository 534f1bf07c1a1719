import { readFileSync } from 'node:fs';
import { type ContainerImage, containerImage } from './container-image.ts';
import { BUSYBOX } from './layer.ts';
import { tarArchive } from './tar.ts';
import type { TarEntry } from './tar.ts';

/** Reference under which the image is shown; measurements go by its id. */
export const PROBE_REFERENCE = 'bulkhead/probe:1';

const APPLETS = [
  'sh',
  'cat',
  'chmod',
  'chown',
  'cp',
  'date',
  'dd',
  'df',
  'dmesg',
  'echo',
  'env',
  'false',
  'find',
  'free',
  'grep',
  'head',
  'hostname',
  'httpd',
  'id',
  'insmod',
  'ip',
  'kill',
  'ln',
  'ls',
  'mkdir',
  'mknod',
  'mount',
  'mv',
  'nc',
  'nproc',
  'nslookup',
  'ping',
  'ps',
  'readlink',
  'rm',
  'sed',
  'seq',
  'sleep',
  'sort',
  'stat',
  'su',
  'sync',
  'tail',
  'tar',
  'test',
  'touch',
  'true',
  'umount',
  'uname',
  'unshare',
  'vi',
  'wc',
  'wget',
  'whoami',
  'yes',
] as const;

/** The probe image's only layer: busybox and what little it needs. */
export const probeLayer = (): Buffer => {
  const directory = (name: string, mode = 0o755): TarEntry => ({ kind: 'directory', name, mode });
  const file = (name: string, content: Buffer | string, mode = 0o644): TarEntry => ({
    kind: 'file',
    name,
    mode,
    content: Buffer.from(content),
  });
  return tarArchive([
    directory('bin/'),
    file('bin/busybox', readFileSync(BUSYBOX), 0o755),
    ...APPLETS.map((applet): TarEntry => ({ kind: 'symlink', name: `bin/${applet}`, target: 'busybox' })),
    directory('etc/'),
    file(
      'etc/passwd',
      'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    ),
    file('etc/group', 'root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n'),
    directory('root/', 0o700),
    directory('home/'),
    directory('home/user/'),
    directory('tmp/', 0o1777),
  ]);
};

/** A small image made of busybox, the same bytes for the same busybox, so that its id is known before it is loaded. */
export const probeImage = (): ContainerImage => containerImage([probeLayer()], PROBE_REFERENCE);
