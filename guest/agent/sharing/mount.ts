import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync } from 'node:fs';
import type { EngineWarning } from '../../../shared/contract/engine.ts';
import { SHARE_ROOTS, type Share } from '../../../shared/contract/sharing.ts';
import { deviceName } from '../isolation/mountinfo.ts';
import { log } from '../log.ts';

/** The directories of the host that are mounted in the VM, under their own paths. */
export interface SharedTrees {
  readonly paths: readonly string[];
  /** `major:minor` of their file systems: what lies on one of them is the host's and of no concern to the VM. */
  readonly devices: ReadonlySet<string>;
  readonly warnings: readonly EngineWarning[];
}

const mount = (...args: readonly string[]): void => {
  execFileSync('/bulkhead/bin/busybox', ['mount', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
};

const rootOf = (place: string): string | null =>
  SHARE_ROOTS.find((root) => place.startsWith(`${root}/`) || place === root) ?? null;

/**
 * Mounts what the host serves. The system is read-only, so that the directories above a share are made in memory, and
 * closed when all are there: the engine must not make directories where people expect the host's. A share that cannot
 * be mounted is a warning.
 */
export const mountShares = (shares: readonly Share[]): SharedTrees => {
  const paths: string[] = [];
  const devices = new Set<string>();
  const warnings: EngineWarning[] = [];
  const inMemory = new Set<string>();
  for (const { tag, path } of shares) {
    try {
      const root = rootOf(path);
      if (root !== null && root !== path && !inMemory.has(root)) {
        mount('-t', 'tmpfs', '-o', 'mode=755,size=1m,nosuid,nodev,noexec', 'shares', root);
        inMemory.add(root);
      }
      mkdirSync(path, { recursive: true });
      mount('-t', 'virtiofs', '-o', 'nosuid,nodev', tag, path);
      devices.add(deviceName(lstatSync(path, { bigint: true }).dev));
      paths.push(path);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log(`${path} cannot be mounted: ${why}`);
      warnings.push({
        message: `The directory ${path} is not shared with containers: the VM could not mount it.`,
        remedy: 'Restart the engine. If it happens again, the console log beside the engine log says more.',
      });
    }
  }
  for (const root of inMemory) mount('-o', 'remount,ro', root);
  return { paths, devices, warnings };
};
