import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasProcesses, type Places } from './containers.ts';

const MEMBER = { root: '/run/runtime', id: 'c' };

let directory: string;
let places: Places;
let group: string;
let remover: ChildProcess | null = null;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'containers-'));
  places = { docker: directory, containers: directory, cgroups: directory };
  group = path.join(directory, 'docker', MEMBER.id);
});
afterEach(async () => {
  const ended = remover === null ? null : new Promise((resolve) => remover?.once('exit', resolve));
  remover?.kill();
  await ended;
  remover = null;
  rmSync(directory, { recursive: true });
});

const write = (events: string): void => {
  mkdirSync(group, { recursive: true });
  writeFileSync(path.join(group, 'cgroup.events'), events);
};

describe('the processes of a container', () => {
  it('are those of its control group', () => {
    expect(hasProcesses(places, MEMBER)).toBe(false);
    write('populated 1\nfrozen 0\n');
    expect(hasProcesses(places, MEMBER)).toBe(true);
    write('populated 0\nfrozen 0\n');
    expect(hasProcesses(places, MEMBER)).toBe(false);
  });

  it('are gone with a control group that the runtime removes at that very moment', () => {
    const program = `while :; do mkdir -p ${group}; echo populated 1 >${group}/events; mv ${group}/events ${group}/cgroup.events; rm -r ${group}; done`;
    remover = spawn('sh', ['-c', program], { stdio: 'ignore' });
    const seen = { there: 0, gone: 0 };
    const look = (): void => {
      while (seen.there < 5000 || seen.gone < 5000) seen[hasProcesses(places, MEMBER) ? 'there' : 'gone'] += 1;
    };
    expect(look).not.toThrow();
  });

  it('are not guessed where the kernel does not say', () => {
    mkdirSync(path.join(group, 'cgroup.events'), { recursive: true });
    expect(() => hasProcesses(places, MEMBER)).toThrow('EISDIR');
  });
});
