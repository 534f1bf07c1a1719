import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownNamespaces } from '../agent/isolation/namespaces.ts';
import { encodeAnswer } from '../agent/isolation/plan.ts';
import type { PlanStep } from '../agent/isolation/plan.ts';

/** The front without its socket: the plan comes on the standard input. Or the maker of the user namespace that is named. */
const DRIVER = `
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include "front.h"
void fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vprintf(format, arguments);
	exit(1);
}
int main(int argc, char **argv)
{
	uid_t maker;
	if (argc == 2 && ioctl(open(argv[1], O_RDONLY), NS_GET_OWNER_UID, &maker) == 0)
		return printf("%u", maker) < 0;
	static char answer[65536];
	answer[fread(answer, 1, sizeof answer - 1, stdin)] = 0;
	execute_plan(answer);
}`;

const compileDriver = (to: string): void => {
  const sources = ['plan.c', 'namespaces.c', 'fields.c'].map((name) => path.join(import.meta.dirname, name));
  execFileSync('gcc', ['-D_GNU_SOURCE', `-I${import.meta.dirname}`, '-xc', '-', ...sources, '-o', to], {
    input: DRIVER,
  });
};

/** A mount namespace of one's own needs a user namespace only, but some hosts forbid that to ordinary users. */
const canUnshare = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true']).status === 0;

describe.skipIf(!canUnshare)('the front (skipped where user namespaces are forbidden)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'front-'));
  const at = (name: string): string => path.join(directory, name);
  const driver = at('driver');

  beforeAll(() => {
    compileDriver(driver);
    for (const name of ['layer/part', 'target', 'private']) mkdirSync(at(name), { recursive: true });
    writeFileSync(at('layer/part/file'), 'of the layer');
    writeFileSync(at('private/file'), 'of the VM');
    symlinkSync(at('private'), at('layer/absolute'));
    symlinkSync('../private', at('layer/relative'));
    symlinkSync('part', at('layer/within'));
    mkdirSync(at('layer/mounted'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What the container would read after these steps. */
  const runPlan = (steps: readonly PlanStep[]): string => {
    const exec: PlanStep = { op: 'exec', path: '/bin/cat', args: [at('target/file')] };
    return spawnSync('unshare', ['--user', '--map-root-user', '--mount', driver], {
      input: encodeAnswer({ kind: 'plan', steps: [...steps, exec] }),
      encoding: 'utf8',
    }).stdout;
  };
  const attach = (source: string, within?: string): PlanStep => ({
    op: 'attach',
    source: within === undefined ? at(source) : source,
    ...(within === undefined ? {} : { within: at(within) }),
    identity: null,
    root: directory,
    path: '/target',
    flags: ['ro'],
  });

  it('attaches what the agent named', () => {
    expect(runPlan([attach('layer/part')])).toBe('of the layer');
    expect(runPlan([attach('/part', 'layer')])).toBe('of the layer');
  });

  it.each(['/absolute', '/relative', '/within', '/../private', '/part/../../private'])(
    'does not leave the layer by %s',
    (source) => {
      const said = runPlan([attach(source, 'layer')]);
      expect(said).toMatch(/^can't mount .* because it was replaced|No such file/);
    },
  );

  it('gives links back to the container where the VM follows none', () => {
    const barred = ['mount --bind layer layer', 'mount -o remount,bind,nosymfollow layer', '! cat layer/within/file'];
    const exec: PlanStep = { op: 'exec', path: '/bin/cat', args: [at('target/within/file')] };
    const { stdout } = spawnSync(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', `${barred.join(' && ')} && exec ${driver}`],
      { cwd: directory, input: encodeAnswer({ kind: 'plan', steps: [attach('layer'), exec] }), encoding: 'utf8' },
    );
    expect(stdout).toBe('of the layer');
  });

  it('does not enter another mount on the way', () => {
    const mounted: PlanStep = { ...attach('private'), path: '/layer/mounted' } as PlanStep;
    expect(runPlan([mounted, attach('/mounted', 'layer')])).toMatch(/^can't mount .* because it was replaced/);
  });
});

describe.skipIf(process.getuid?.() !== 0)('the namespaces that the front makes (skipped without root)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'front-namespaces-'));
  const driver = path.join(directory, 'driver');
  const places = ownNamespaces(directory);

  beforeAll(() => {
    compileDriver(driver);
    for (const place of [places.user, places.time]) writeFileSync(place, '');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const runDriver = (steps: readonly PlanStep[]): string =>
    spawnSync(driver, { input: encodeAnswer({ kind: 'plan', steps }), encoding: 'utf8' }).stdout;
  const find = (program: string, ...args: readonly string[]): string => {
    const steps: readonly PlanStep[] = [
      { op: 'unshare' },
      { op: 'userns', base: 100_000, size: 65_536, places },
      { op: 'exec', path: program, args },
    ];
    return runDriver(steps);
  };
  const inside = (...command: readonly string[]): string =>
    find('/usr/bin/nsenter', `--user=${places.user}`, `--time=${places.time}`, ...command);

  it("map the container's ids", () => {
    expect(inside('cat', '/proc/self/uid_map', '/proc/self/gid_map')).toMatch(/^(?:\s+0\s+100000\s+65536\n){2}$/);
  });

  it("are made by the container's root, for whom the kernel counts what they use", () => {
    expect(find(driver, places.user)).toBe('100000');
  });

  describe('of another container', () => {
    const range = { base: 100_000, size: 65_536 };
    const owner = spawn('unshare', ['--user', 'sh', '-c', 'echo ready; exec sleep 100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    beforeAll(async () => {
      await once(owner.stdout, 'data');
      writeFileSync(`/proc/${owner.pid}/uid_map`, '0 100000 65536');
    });
    afterAll(() => owner.kill('SIGKILL'));

    /** What the runtime would find. */
    const join = (pid: number | undefined, base = range.base): string =>
      runDriver([
        { op: 'unshare' },
        { op: 'join', base, size: range.size, pid: pid ?? 0, name: 'user', place: places.user },
        { op: 'exec', path: '/usr/bin/stat', args: ['--format=user:[%i]', places.user] },
      ]).trim();

    it('are bound for the runtime', () => {
      expect(join(owner.pid)).toBe(readlinkSync(`/proc/${owner.pid}/ns/user`));
    });

    it.each<[string, () => string]>([
      ['of a process of the VM', () => join(process.pid)],
      ['of a number that no process has', () => join(4_194_304)],
      ['of a container with other ids', () => join(owner.pid, 165_536)],
    ])('are not those %s', (_, attempt) => {
      expect(attempt()).toBe('the container whose namespaces are to be shared has ended');
    });
  });

  it('begin their time with it, and keep the monotonic clock', () => {
    const offset = Number(/boottime\s+(-\d+)/.exec(inside('cat', '/proc/self/timens_offsets'))?.[1]);
    expect(offset).toBeLessThan(0);
    expect(Math.abs(os.uptime() + offset)).toBeLessThan(60);
    expect(inside('cat', '/proc/self/timens_offsets')).toMatch(/monotonic\s+0\s+0\n/);
  });
});
