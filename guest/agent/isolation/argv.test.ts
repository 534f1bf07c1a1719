import { describe, expect, it } from 'vitest';
import type { RunningCommand, RuntimeCommand } from './argv.ts';
import { isolatedArguments, parseRuntimeCommand, runningArguments } from './argv.ts';
import { isIsolated } from './isolate-rule.ts';

const BUNDLE = '/run/containerd/io.containerd.runtime.v2.task/moby/abc';
const CREATE = [
  '/usr/bin/runc',
  '--root',
  '/run/docker/runtime-runc/moby',
  '--log',
  `${BUNDLE}/log.json`,
  '--log-format',
  'json',
  'create',
  '--bundle',
  BUNDLE,
  '--pid-file',
  `${BUNDLE}/init.pid`,
  '--console-socket',
  '/tmp/pty1/pty.sock',
  'abc',
];
const RUN = [
  'runc',
  '--log',
  '/var/lib/docker/buildkit/executor/runc-log.json',
  '--log-format',
  'json',
  'run',
  '--bundle',
  '/var/lib/docker/buildkit/executor/xyz',
  '--keep',
  'xyz',
];

const EXEC = [
  'runc',
  '--root',
  '/r',
  'exec',
  '--process',
  '/tmp/runc-process1',
  '--console-socket',
  '/tmp/pty1/pty.sock',
  '--detach',
  '--pid-file',
  '/b/exec.pid',
  'abc',
];

const starting = (argv: readonly string[]): RuntimeCommand => {
  const command = parseRuntimeCommand(argv, '/');
  if (!('bundle' in command)) throw new Error('nothing is started');
  return command;
};
const running = (argv: readonly string[]): RunningCommand => {
  const command = parseRuntimeCommand(argv, '/');
  if ('bundle' in command) throw new Error('nothing runs yet');
  return command;
};

describe('the arguments of the runtime', () => {
  it("reads containerd's call", () => {
    expect(parseRuntimeCommand(CREATE, '/')).toEqual({
      program: 'runc',
      verb: 'create',
      root: '/run/docker/runtime-runc/moby',
      log: `${BUNDLE}/log.json`,
      logFormat: 'json',
      systemdCgroup: false,
      bundle: BUNDLE,
      pidFile: `${BUNDLE}/init.pid`,
      consoleSocket: '/tmp/pty1/pty.sock',
      noPivot: false,
      keep: false,
      id: 'abc',
    });
  });

  it("reads BuildKit's call", () => {
    expect(parseRuntimeCommand(RUN, '/')).toMatchObject({
      verb: 'run',
      root: null,
      keep: true,
      id: 'xyz',
      bundle: '/var/lib/docker/buildkit/executor/xyz',
    });
  });

  it('takes values after an equals sign and paths from the working directory', () => {
    expect(
      parseRuntimeCommand(['runc', '--root=/r', 'create', '--bundle=b', '--no-pivot', 'x'], '/home'),
    ).toMatchObject({ root: '/r', bundle: '/home/b', noPivot: true });
  });

  it.each([
    ['an unknown global option', ['runc', '--criu', '/x', 'create', 'a']],
    ['an unknown option of create', ['runc', 'create', '--preserve-fds', '3', 'a']],
    ['an option of run in create', ['runc', 'create', '--keep', 'a']],
    ['an option without its value', ['runc', 'create', 'a', '--bundle']],
    ['a value for a switch', ['runc', 'create', '--no-pivot=true', 'a']],
    ['the same option twice', ['runc', '--root', '/a', '--root', '/b', 'create', 'a']],
    ['a command in place of a process', ['runc', 'exec', 'a', 'sh']],
    ['descriptors to be kept', ['runc', 'exec', '--preserve-fds', '1', '--process', '/p', 'a']],
    ['another cgroup', ['runc', 'exec', '--cgroup', '/', '--process', '/p', 'a']],
    ['limits as options', ['runc', 'update', '--memory', '1', 'a']],
    ['another verb', ['runc', 'restore', 'a']],
    ['no verb', ['runc']],
    ['no id', ['runc', 'create']],
    ['two ids', ['runc', 'create', 'a', 'b']],
    ['an id that is a path', ['runc', 'create', '../a']],
    ['an id that is a directory', ['runc', 'create', '..']],
    ['an empty id', ['runc', 'create', '']],
  ])('refuses %s', (_, argv) => {
    expect(() => parseRuntimeCommand(argv, '/')).toThrow(
      /^the runtime was called with|is not supported by the engine's runtime$/,
    );
  });

  it('passes on what the caller said, with the bundle of the rewritten spec', () => {
    expect(isolatedArguments(starting(CREATE), '/run/bulkhead-c/abc')).toEqual([
      '--root',
      '/run/docker/runtime-runc/moby',
      '--log',
      `${BUNDLE}/log.json`,
      '--log-format',
      'json',
      'create',
      '--bundle',
      '/run/bulkhead-c/abc',
      '--pid-file',
      `${BUNDLE}/init.pid`,
      '--console-socket',
      '/tmp/pty1/pty.sock',
      'abc',
    ]);
    expect(isolatedArguments(starting(RUN), '/c')).toEqual([
      '--log',
      '/var/lib/docker/buildkit/executor/runc-log.json',
      '--log-format',
      'json',
      'run',
      '--bundle',
      '/c',
      '--keep',
      'xyz',
    ]);
  });
});

describe('the arguments for a container that runs', () => {
  it('are passed on with another file', () => {
    const { verb, process: file, detach, id } = running(EXEC);
    expect({ verb, file, detach, id }).toEqual({ verb: 'exec', file: '/tmp/runc-process1', detach: true, id: 'abc' });
    const [root, , , process, copy, ...rest] = runningArguments(running(EXEC), '/copy');
    expect([root, process, copy]).toEqual(['--root', '--process', '/copy']);
    expect(rest).toEqual(['--pid-file', '/b/exec.pid', '--console-socket', '/tmp/pty1/pty.sock', '--detach', 'abc']);
    expect(runningArguments(running(['runc', 'update', '--resources=-', 'abc']), '/copy')).toEqual([
      'update',
      '--resources',
      '/copy',
      'abc',
    ]);
  });
});

describe('the choice of the runtime', () => {
  it.each([
    [true, { program: 'runc', root: '/run/docker/runtime-runc/moby' }, true],
    [true, { program: 'runc', root: null }, true],
    [false, { program: 'runc', root: '/run/docker/runtime-runc/moby' }, false],
    [false, { program: 'runc', root: null }, false],
    [false, { program: 'runc', root: '/run/docker/runtime-sysbox-runc/moby' }, true],
    [false, { program: 'sysbox-runc', root: '/run/docker/runtime-runc/moby' }, true],
    [false, { program: 'runc', root: '/run/docker/not-runtime-sysbox-runc/moby' }, false],
  ])('with isolation %s isolates %o: %s', (isolation, command, isolated) => {
    expect(isIsolated(isolation, command)).toBe(isolated);
  });
});
