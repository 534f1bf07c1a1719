import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Limit } from '../limits.ts';
import { parseLimits } from '../limits.ts';

/**
 * Specs that dockerd 26.1.5 and its BuildKit wrote for the commands that the files are named after. Docker's own seccomp
 * profile is kept once; the specs have the word `default` in its place.
 */
export type SpecName =
  | 'build-legacy'
  | 'healthcheck'
  | 'join-ipc'
  | 'join-pid'
  | 'networks'
  | 'volume-part'
  | 'volume-tmpfs'
  | 'volumes-from'
  | 'bind-etc'
  | 'build-mounts'
  | 'build-run'
  | 'build-secret'
  | 'docker-socket'
  | 'host-namespaces'
  | 'host-network'
  | 'init'
  | 'joined'
  | 'options'
  | 'privileged'
  | 'read-only-tmpfs'
  | 'run'
  | 'terminal'
  | 'unconfined'
  | 'volumes';

export const SPEC_NAMES: readonly SpecName[] = [
  'build-legacy',
  'healthcheck',
  'join-ipc',
  'join-pid',
  'networks',
  'volume-part',
  'volume-tmpfs',
  'volumes-from',
  'bind-etc',
  'build-mounts',
  'build-run',
  'build-secret',
  'docker-socket',
  'host-namespaces',
  'host-network',
  'init',
  'joined',
  'options',
  'privileged',
  'read-only-tmpfs',
  'run',
  'terminal',
  'unconfined',
  'volumes',
];

const read = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures', `${name}.json`), 'utf8'));

/** What guest/image/init leaves of the kernel's own limits in a VM with 2 GB. */
export const VM_LIMITS: ReadonlyMap<string, Limit> = parseLimits(
  readFileSync(path.join(import.meta.dirname, '../fixtures/limits.txt'), 'utf8'),
);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A fresh copy each time. */
export const rawSpec = (name: SpecName): Record<string, unknown> => {
  const spec = read(name);
  if (!isRecord(spec) || !isRecord(spec['linux'])) throw new Error(`${name} is not a spec`);
  if (spec['linux']['seccomp'] === 'default') spec['linux']['seccomp'] = read('seccomp-default');
  return spec;
};

/** Processes that dockerd 26.1.5 wrote for `docker exec`, one of them for a health check. */
export const PROCESS_NAMES = ['exec', 'exec-options', 'exec-terminal', 'healthcheck-exec'] as const;

/** A fresh copy each time. */
export const rawProcess = (name: (typeof PROCESS_NAMES)[number]): Record<string, unknown> => {
  const process = read(name);
  if (!isRecord(process)) throw new Error(`${name} is not a process`);
  return process;
};
