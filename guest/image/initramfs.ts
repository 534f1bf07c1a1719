import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from '../../scripts/command.mjs';
import { BUSYBOX } from './layer.ts';

/** The kernel takes any ids from the archive, so it is made as root's whoever builds. */
const PACK =
  'find . -print0 | sort -z | cpio --null --create --format=newc --owner=0:0 --reproducible --quiet --file="$1"';

/** The first file system of the VM: busybox, two modules and the init that finds the system (initramfs buffer format). */
export const buildInitramfs = async (modules: string, target: string): Promise<void> => {
  const tree = mkdtempSync(path.join(os.tmpdir(), 'bulkhead-initramfs-'));
  try {
    chmodSync(tree, 0o755);
    for (const directory of ['bin', 'dev', 'proc', 'sys', 'root']) mkdirSync(path.join(tree, directory));
    copyFileSync(BUSYBOX, path.join(tree, 'bin/busybox'));
    symlinkSync('busybox', path.join(tree, 'bin/sh'));
    cpSync(modules, path.join(tree, 'modules'), { recursive: true });
    copyFileSync(path.join(import.meta.dirname, 'init-initramfs'), path.join(tree, 'init'));
    chmodSync(path.join(tree, 'init'), 0o755);
    await run('sh', ['-c', PACK, 'sh', target], { cwd: tree });
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
};
