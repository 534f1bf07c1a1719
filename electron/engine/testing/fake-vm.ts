import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import { createEngine, type OpenEngine } from '../engine.ts';
import { isAlive, kill } from '../host.ts';
import type { EngineOptions } from '../options.ts';
import { readVmRecord } from '../vm-record.ts';
import type { Behaviour } from './fake-qemu.ts';
import { temporaryDirectory } from './temporary.ts';

const FILES = ['kernel', 'initramfs', 'system', 'bulkhead', 'dockerCli'] as const;

let bundle: string | null = null;

/** A pretended QEMU as an executable file: what runs it has no PATH and no TypeScript. */
const installQemu = (directory: string): string => {
  bundle ??= buildSync({
    entryPoints: [fileURLToPath(new URL('fake-qemu.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
    .outputFiles.map(({ text }) => text)
    .join('');
  writeFileSync(join(directory, 'qemu.mjs'), bundle);
  const path = join(directory, 'qemu');
  writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} ${directory}/qemu.mjs "$@"\n`, { mode: 0o755 });
  return path;
};

export interface FakeVm {
  readonly options: EngineOptions;
  /** Another app on the same directories; closed when the test ends. */
  readonly newEngine: (changes?: Partial<EngineOptions>) => OpenEngine;
  /** What the next VM does wrong. */
  readonly behave: (behaviour: Behaviour) => void;
  /** What the VMs were asked to do so far. */
  readonly trace: () => readonly string[];
  /** The process of the VM that the record names. */
  readonly qemu: () => Promise<{ readonly pid: number; readonly startTime: string }>;
  readonly isQemuAlive: () => Promise<boolean>;
}

/** Directories, an image and a QEMU for one test. Whatever VM is left is killed when the test ends. */
export const fakeVm = async (): Promise<FakeVm> => {
  const root = await temporaryDirectory();
  const images = join(root, 'images');
  const tracePath = join(root, 'trace');
  let image = join(images, 'none');
  let generation = 0;

  const behave = (behaviour: Behaviour) => {
    generation += 1;
    image = join(images, String(generation));
    mkdirSync(image, { recursive: true });
    const files = FILES.map((name) => {
      const content = name === 'kernel' ? JSON.stringify({ trace: tracePath, ...behaviour }) : name;
      writeFileSync(join(image, name), content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return [name, { name, sha256, size: Buffer.byteLength(content) }] as const;
    });
    const manifest = {
      version: 1,
      id: String(generation),
      arch: 'x86_64',
      files: Object.fromEntries(files),
      fileServer: [],
      probeImage: 'p',
    };
    writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest));
  };
  behave({});

  const options: EngineOptions = {
    qemu: installQemu(root),
    findImage: () => image,
    runtimeDirectory: join(root, 'run'),
    dataDirectory: join(root, 'data'),
    logDirectory: join(root, 'log'),
    dockerConfigDirectory: join(root, 'docker'),
    // One without an accelerator to probe.
    platform: 'openbsd',
  };
  const record = join(options.runtimeDirectory, 'vm.json');
  const processOf = async () => (await readVmRecord(record))?.process ?? null;
  onTestFinished(async () => {
    const left = await processOf();
    if (left !== null) kill(left);
  });

  return {
    options,
    newEngine: (changes = {}) => {
      const engine = createEngine({ ...options, ...changes });
      onTestFinished(engine.close);
      return engine;
    },
    behave,
    trace: () => (existsSync(tracePath) ? readFileSync(tracePath, 'utf8').trim().split('\n') : []),
    qemu: async () => {
      const found = await processOf();
      if (found === null) throw new Error('no QEMU is recorded');
      return found;
    },
    isQemuAlive: async () => {
      const found = await processOf();
      return found !== null && isAlive(found);
    },
  };
};
