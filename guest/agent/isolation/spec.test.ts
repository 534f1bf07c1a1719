import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyMounts } from './mounts.ts';
import type { RewriteContext } from './spec.ts';
import { formatSpec, rewriteSpec } from './spec.ts';
import { parseSpec } from './spec-schema.ts';
import { violations } from './testing/invariants.ts';
import type { SpecName } from './testing/specs.ts';
import { rawSpec, SPEC_NAMES, VM_LIMITS } from './testing/specs.ts';

const CONTEXT: Omit<RewriteContext, 'mounts'> = {
  range: { base: 165_536, size: 65_536 },
  joins: [],
  directory: '/run/bulkhead-c/x',
  rootfs: '/run/bulkhead-c/x/rootfs',
  cgroupsPath: '/docker/x',
  machine: { arch: 'x64', appArmor: false, vsock: false, limits: VM_LIMITS },
  isEngine: (pid) => pid === 35,
};

const rewritten = (
  name: SpecName,
  change: (spec: Record<string, unknown>) => unknown = (spec) => spec,
): Record<string, unknown> => {
  const given = parseSpec(change(rawSpec(name)));
  const result: unknown = JSON.parse(
    formatSpec(rewriteSpec(given, { ...CONTEXT, mounts: classifyMounts(given.mounts).runtime })),
  );
  return result as Record<string, unknown>;
};
const linuxOf = (spec: Record<string, unknown>): Record<string, unknown> => spec['linux'] as Record<string, unknown>;
const withLinux = (more: Record<string, unknown>) => (spec: Record<string, unknown>) => ({
  ...spec,
  linux: { ...linuxOf(spec), ...more },
});

describe('the spec for the isolating runtime', () => {
  it.each(SPEC_NAMES)('holds what must always hold: %s', (name) => {
    expect(violations(rewritten(name), '/run/bulkhead-c/x', '/proc/35/exe')).toEqual([]);
  });

  it('maps the ids of the range and nothing else', () => {
    const map = [{ containerID: 0, hostID: 165_536, size: 65_536 }];
    expect(linuxOf(rewritten('run'))).toMatchObject({ uidMappings: map, gidMappings: map });
  });

  it('keeps what a container is', () => {
    const before = rawSpec('options');
    const after = rewritten('options');
    expect(after).toMatchObject({ hostname: 'hh', domainname: 'dd', root: { readonly: false } });
    expect(linuxOf(after)).toMatchObject({
      sysctl: {
        'kernel.shmmax': '100000',
        'net.core.somaxconn': '1000',
        'net.ipv4.ip_unprivileged_port_start': '0',
        'net.ipv4.ping_group_range': '0 65535',
      },
      maskedPaths: linuxOf(before)['maskedPaths'],
      readonlyPaths: linuxOf(before)['readonlyPaths'],
    });
    expect(after['process']).toMatchObject({
      noNewPrivileges: true,
      oomScoreAdj: -999,
      user: { uid: 1000, gid: 1000, additionalGids: [1000, 55] },
    });
    expect(linuxOf(after)['sysctl']).not.toHaveProperty('kernel.domainname');
  });

  it('drops annotations, which would be instructions to the runtime', () => {
    expect(rawSpec('options')['annotations']).toEqual({ 'run.oci.hooks.stdout': '/etc/x' });
    expect(rewritten('options')).not.toHaveProperty('annotations');
  });

  it('puts the container below the cgroup of all containers', () => {
    expect(linuxOf(rawSpec('options'))['cgroupsPath']).toMatch(/^\/foo\//);
    expect(linuxOf(rewritten('options'))['cgroupsPath']).toBe('/docker/x');
  });

  it('keeps limits, without empty groups and without real time', () => {
    const resources = {
      blockIO: {},
      memory: { limit: 104_857_600, swap: -1, kernel: 5 },
      cpu: { quota: 150_000, period: 100_000, realtimeRuntime: 9 },
      pids: { limit: 100 },
    };
    expect(linuxOf(rewritten('run', withLinux({ resources })))['resources']).toMatchObject({
      memory: { limit: 104_857_600, swap: -1 },
      cpu: { quota: 150_000, period: 100_000 },
      pids: { limit: 100 },
    });
    expect(JSON.stringify(linuxOf(rewritten('run', withLinux({ resources })))['resources'])).not.toMatch(
      /realtime|blockIO|kernel/,
    );
  });

  it('lets nothing be mounted back into the VM', () => {
    expect(linuxOf(rewritten('run', withLinux({ rootfsPropagation: 'rshared' })))['rootfsPropagation']).toBe('rslave');
    expect(linuxOf(rewritten('run', withLinux({ rootfsPropagation: 'rprivate' })))['rootfsPropagation']).toBe(
      'rprivate',
    );
    expect(() => rewritten('run', withLinux({ rootfsPropagation: 'unbindable' }))).toThrow(
      'unbindable is not supported',
    );
  });

  it.each<[string, (spec: Record<string, unknown>) => unknown]>([
    ['another platform', (spec) => ({ ...spec, windows: {} })],
    ['an unknown field', (spec) => ({ ...spec, vm: {} })],
    ['an unknown field of linux', withLinux({ timeOffsets: { monotonic: { secs: 1 } } })],
    ['unified cgroup settings', withLinux({ resources: { unified: { 'memory.min': 'max' } } })],
    [
      'mappings on a mount',
      (spec) => ({ ...spec, mounts: [{ destination: '/x', type: 'bind', source: '/', uidMappings: [] }] }),
    ],
    ['no linux part', ({ linux: _, ...spec }) => spec],
    ['no process', ({ process: _, ...spec }) => spec],
    ['no command', (spec) => ({ ...spec, process: { ...(spec['process'] as object), args: [] } })],
    ['another version', (spec) => ({ ...spec, ociVersion: '2.0.0' })],
    ['a masked path that is not plain', withLinux({ maskedPaths: ['/proc/../etc'] })],
    ['a sysctl of the VM', withLinux({ sysctl: { 'vm.swappiness': '1' } })],
    ['no spec', () => 'spec'],
  ])('is refused for %s', (_, change) => {
    expect(() => rewritten('run', change)).toThrow(
      'error in the container spec: invalid or unsupported container spec:',
    );
  });
});

describe('formatting a spec', () => {
  it('writes what JSON would, and large numbers exactly', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(formatSpec(value)).toBe(JSON.stringify(value));
      }),
    );
    expect(formatSpec({ a: [18_446_744_073_709_551_615n], b: undefined })).toBe('{"a":[18446744073709551615]}');
  });
});
