import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MountEntry } from './mountinfo.ts';
import { deviceName } from './mountinfo.ts';
import type { Caller, SourceView } from './sources.ts';
import { approveSource, judge } from './sources.ts';

const OWN = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const CONTAINER: Caller = { kind: 'container', ids: [OWN], dockerSocket: null };
const BUILD: Caller = { kind: 'build' };

const DOCKER = '/var/lib/docker';
const mount = (device: string, mountPoint: string, fsType: string, root = '/'): MountEntry => ({
  device,
  mountPoint,
  fsType,
  root,
});
const VIEW: SourceView = {
  docker: DOCKER,
  shares: new Set(['0:70']),
  mounts: [
    mount('7:0', '/', 'squashfs'),
    mount('0:20', '/run', 'tmpfs'),
    mount('254:32', '/run/data', 'ext4'),
    mount('254:32', DOCKER, 'ext4', '/docker'),
    mount('0:57', `${DOCKER}/overlay2/abc/merged`, 'overlay'),
    mount('0:49', `${DOCKER}/containers/${OWN}/mounts/shm`, 'tmpfs'),
    mount('0:50', `${DOCKER}/containers/${OTHER}/mounts/shm`, 'tmpfs'),
    mount('0:51', `${DOCKER}/volumes/ram/_data`, 'tmpfs'),
    mount('0:52', `${DOCKER}/volumes/remote/_data`, 'nfs4'),
    mount('0:53', `${DOCKER}/tmp/buildkit-secrets41`, 'tmpfs'),
    mount('7:0', `${DOCKER}/volumes/bound/_data`, 'squashfs', '/etc'),
    mount('254:32', `${DOCKER}/tmp/safe-mount35`, 'ext4', '/docker/volumes/v/_data/sub'),
    mount('0:51', `${DOCKER}/tmp/safe-mount36`, 'tmpfs', '/sub'),
    mount('0:60', `${DOCKER}/volumes/kernel/_data`, 'sysfs'),
  ],
};

const at = (device: string, place: string, fsType: string, mountPoint = DOCKER) => ({
  device,
  path: place,
  fsType,
  mountPoint,
});
const data = (place: string) => at('254:32', `/docker/${place}`, 'ext4');

describe('where a source lies', () => {
  it.each([
    ['a directory that the host shares', at('0:70', '/src', 'virtiofs', '/home/user')],
    ['a volume', data('volumes/v/_data')],
    ['a directory in a volume', data('volumes/v/_data/sub')],
    ['its own hosts file', data(`containers/${OWN}/hosts`)],
    ['its own shared memory', at('0:49', '/', 'tmpfs', `${DOCKER}/containers/${OWN}/mounts/shm`)],
    ['a volume in memory', at('0:51', '/', 'tmpfs', `${DOCKER}/volumes/ram/_data`)],
    ['a part of it', at('0:51', '/sub', 'tmpfs', `${DOCKER}/tmp/safe-mount36`)],
  ])('a container may have %s', (_, location) => {
    expect(judge(location, VIEW, CONTAINER)).toMatchObject({ kind: 'clone', idmap: true });
  });

  it.each([
    ["the VM's /run", at('0:20', '/bulkhead', 'tmpfs', `${DOCKER}/volumes/evil/_data`), '0:20', '/bulkhead'],
    ["another container's shared memory", at('0:50', '/', 'tmpfs', `${DOCKER}/volumes/evil/_data`), '0:50', '/'],
    ["a build's secrets", at('0:53', '/', 'tmpfs', `${DOCKER}/volumes/evil/_data`), '0:53', '/'],
  ])('a volume that was made to bind %s is none', (_, location, device, root) => {
    const bound = mount(device, `${DOCKER}/volumes/evil/_data`, 'tmpfs', root);
    expect(judge(location, { ...VIEW, mounts: [...VIEW.mounts, bound] }, CONTAINER)).toBeNull();
  });

  it('a container gets a remote volume without set-user-id programs, and as it is', () => {
    expect(judge(at('0:52', '/', 'nfs4'), VIEW, CONTAINER)).toEqual({ kind: 'clone', idmap: false, flags: ['nosuid'] });
  });

  it("a container may read the names of the kernel's modules, and a build has no use for them", () => {
    const modules = at('7:0', '/usr/lib/modules', 'squashfs', '/');
    expect(judge(modules, VIEW, CONTAINER)).toEqual({ kind: 'clone', idmap: true, flags: ['ro', 'nosuid', 'noexec'] });
    expect(judge(modules, VIEW, BUILD)).toBeNull();
  });

  it.each([
    ['the VM', at('7:0', '/etc', 'squashfs', '/')],
    ['what lies above the modules', at('7:0', '/usr/lib', 'squashfs', '/')],
    ['what lies beside the modules', at('7:0', '/usr/lib/modules-load.d', 'squashfs', '/')],
    ['a path of that name on another disk', at('254:48', '/usr/lib/modules', 'ext4', '/mnt')],
    ['the data disk', at('254:32', '/', 'ext4')],
    ["Docker's data", at('254:32', '/docker', 'ext4')],
    ['all volumes', data('volumes')],
    ['a volume with its description', data('volumes/v')],
    ['layers', data('overlay2/abc/diff')],
    ["another container's files", data(`containers/${OTHER}/hosts`)],
    ['its own description', data(`containers/${OWN}/config.v2.json`)],
    ["another container's shared memory", at('0:50', '/', 'tmpfs', `${DOCKER}/containers/${OTHER}/mounts/shm`)],
    ["the VM's /run", at('0:20', '/docker.sock', 'tmpfs', '/run')],
    ["a build's secrets", at('0:53', '/x', 'tmpfs', `${DOCKER}/tmp/buildkit-secrets41`)],
    ["a build's hosts file", data('buildkit/executor/hosts')],
    ["another container's file system", at('0:57', '/', 'overlay', `${DOCKER}/overlay2/abc/merged`)],
    ['a file system like that of a share, made by somebody else', at('0:71', '/', 'virtiofs', '/home/user')],
    ['the kernel', at('0:60', '/', 'sysfs', `${DOCKER}/volumes/kernel/_data`)],
  ])('a container may not have %s', (_, location) => {
    expect(judge(location, VIEW, CONTAINER)).toBeNull();
  });

  it('a build may have its files, layers and secrets', () => {
    for (const place of [
      'buildkit/executor/resolv.conf',
      'buildkit/executor/hosts.x1a8g0zg9py4gv5e',
      'overlay2/ry5m98qqaks9/diff',
      'overlay2/ry5m98qqaks9/diff/sub',
    ]) {
      expect(judge(data(place), VIEW, BUILD)).toMatchObject({ kind: 'clone', idmap: true });
    }
    expect(judge(at('0:53', '/x', 'tmpfs', `${DOCKER}/tmp/buildkit-secrets41`), VIEW, BUILD)).toMatchObject({
      kind: 'clone',
    });
    expect(judge(at('0:57', '/etc', 'overlay'), VIEW, BUILD)).toEqual({ kind: 'layer', layer: 'abc', path: '/etc' });
  });

  it('a frontend of a build may read what it is told, and a container may not', () => {
    const told = data('tmp/buildkit-metadata3715738912');
    expect(judge(told, VIEW, BUILD)).toEqual({ kind: 'clone', idmap: true, flags: ['ro', 'nosuid', 'noexec'] });
    expect(judge(told, VIEW, CONTAINER)).toBeNull();
  });

  it('a build may not have more', () => {
    for (const place of [
      'tmp/buildkit-metadata',
      'tmp/buildkit-metadata1/x',
      'tmp/buildkit-metadata1x',
      'buildkit',
      'buildkit/executor',
      'overlay2',
      'overlay2/abc',
      `containers/${OWN}/hosts`,
      'tmp',
      'buildkit/executor/../../x',
    ]) {
      expect(judge(data(place), VIEW, BUILD)).toBeNull();
    }
    expect(judge(at('0:99', '/', 'overlay'), VIEW, BUILD)).toBeNull();
  });
});

describe('approving a source', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sources-'));
  const docker = path.join(directory, 'docker');
  const own = path.join(docker, 'containers', OWN);
  const volume = path.join(docker, 'volumes/v/_data');
  const device = deviceName(lstatSync(directory, { bigint: true }).dev);
  const view: SourceView = {
    docker,
    shares: new Set(),
    mounts: [mount('7:0', '/', 'squashfs'), mount(device, directory, 'ext4', '/disk')],
  };
  const ask = (source: string, destination = '/x') =>
    approveSource({ source, destination, readonly: false, flags: [] }, view, CONTAINER);
  const refusal = (source: string): string =>
    `error in the container spec: can't mount ${source} because it's configured as a restricted host mount`;

  beforeAll(() => {
    for (const each of [own, path.join(volume, 'sub')]) mkdirSync(each, { recursive: true });
    writeFileSync(path.join(own, 'hosts'), '');
    writeFileSync(path.join(own, 'config.v2.json'), '');
    symlinkSync(own, path.join(volume, 'link'));
    symlinkSync(volume, path.join(directory, 'alias'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('gives the identity of the file for the front to compare', () => {
    const { dev, ino } = lstatSync(volume, { bigint: true });
    expect(ask(volume)).toEqual({
      kind: 'clone',
      source: volume,
      identity: { dev, ino },
      idmap: true,
      flags: [],
      isDirectory: true,
      fixed: true,
    });
  });

  it('follows links to where they lead', () => {
    expect(ask(path.join(directory, 'alias'))).toMatchObject({ source: volume });
    const link = path.join(volume, 'link');
    expect(() => ask(link)).toThrow(refusal(link));
  });

  it('makes nothing in a directory whose path a container could change', () => {
    expect(ask(path.join(volume, 'sub'))).toMatchObject({ fixed: false });
  });

  it('protects the files that Docker makes for a container', () => {
    expect(ask(path.join(own, 'hosts'))).toMatchObject({ flags: ['nosuid', 'noexec'], isDirectory: false });
  });

  it.each([
    ['of the VM', '/etc'],
    ['that is not there', '/nowhere'],
    ['that is a device', '/dev/null'],
    ['that describes the container', path.join(own, 'config.v2.json')],
  ])('refuses a source %s', (_, source) => {
    expect(() => ask(source)).toThrow(refusal(source));
  });

  it('refuses a place whose mount is covered by another', () => {
    const covered = { ...view, mounts: [...view.mounts, mount('0:77', path.join(docker, 'volumes'), 'ext4')] };
    expect(() =>
      approveSource({ source: volume, destination: '/x', readonly: false, flags: [] }, covered, CONTAINER),
    ).toThrow(refusal(volume));
  });

  it('gives a program of the VM only as the init that Docker offers', () => {
    expect(() => ask('/usr/bin/env', '/sbin/docker-init')).toThrow('restricted host mount');
  });
});

describe("a container's Docker socket", () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'docker-socket-'));
  const own = path.join(directory, 'own.sock');
  const others = path.join(directory, 'others.sock');
  const servers = [own, others].map((socket) => createServer().listen(socket));
  const link = path.join(directory, 'link');
  const plain = path.join(directory, 'plain');
  symlinkSync(others, link);
  writeFileSync(plain, '');
  afterAll(() => {
    for (const server of servers) server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const approve = (source: string, caller: Caller) =>
    approveSource({ source, destination: '/var/run/docker.sock', readonly: false, flags: [] }, VIEW, caller);

  it('is the one that it was given', () => {
    const { dev, ino } = lstatSync(own, { bigint: true });
    expect(approve(own, { kind: 'container', ids: [OWN], dockerSocket: own })).toMatchObject({
      kind: 'clone',
      source: own,
      identity: { dev, ino },
      idmap: true,
      isDirectory: false,
      fixed: false,
    });
  });

  it.each<[string, string, Caller]>([
    ['none when it was given none', own, CONTAINER],
    ["not another container's", others, { kind: 'container', ids: [OWN], dockerSocket: own }],
    ["not another container's by a link", link, { kind: 'container', ids: [OWN], dockerSocket: own }],
    ['not the directory of it', directory, { kind: 'container', ids: [OWN], dockerSocket: own }],
    ['no file that is not a socket', plain, { kind: 'container', ids: [OWN], dockerSocket: plain }],
    ["not a build's", own, BUILD],
  ])('is %s', (_, source, caller) => {
    expect(() => approve(source, caller)).toThrow('restricted host mount');
  });
});
