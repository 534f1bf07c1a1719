import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALLOWED_ATTRIBUTES, REFUSED_ATTRIBUTES } from '../../shared/settings/daemon-attributes.ts';
import { daemonConfiguration, engineProxy } from './daemon-options.ts';

const OWN = daemonConfiguration({ daemonOptions: {}, ipv6: false, isolation: true });
const NONE_GRANTED = { 'network-host': false, 'security-insecure': false };

describe("dockerd's configuration", () => {
  it('has what the isolation needs, and IPv4 only', () => {
    expect(OWN).toMatchObject({
      ipv6: false,
      'data-root': '/var/lib/docker',
      runtimes: { 'sysbox-runc': { path: '/bulkhead/bin/sysbox-runc' } },
      'exec-opts': ['native.cgroupdriver=cgroupfs'],
      'default-cgroupns-mode': 'private',
      'live-restore': false,
      features: { 'containerd-snapshotter': false },
      builder: { Entitlements: NONE_GRANTED },
    });
    expect(OWN).not.toHaveProperty('default-address-pools');
  });

  it('takes the options of the settings beside it', () => {
    const daemonOptions = {
      'registry-mirrors': ['https://mirror.example'],
      builder: { gc: { enabled: true } },
      features: { buildkit: true },
    };
    expect(daemonConfiguration({ daemonOptions, ipv6: false, isolation: true })).toEqual({
      ...OWN,
      'registry-mirrors': ['https://mirror.example'],
      builder: { gc: { enabled: true }, Entitlements: NONE_GRANTED },
      features: { buildkit: true, 'containerd-snapshotter': false },
    });
  });

  it.each(Object.keys(REFUSED_ATTRIBUTES))('never takes %s, also from a host that sends it', (name) => {
    for (const value of [null, true, 'x', [], {}]) {
      expect(() => daemonConfiguration({ daemonOptions: { [name]: value }, ipv6: true, isolation: false })).toThrow(
        `"${name}" may not be set`,
      );
    }
  });

  it('keeps its own attributes whatever options pass', () => {
    const option = fc.dictionary(fc.constantFrom(...Object.keys(ALLOWED_ATTRIBUTES)), fc.jsonValue());
    fc.assert(
      fc.property(option, fc.boolean(), fc.boolean(), (daemonOptions, ipv6, isolation) => {
        let configuration;
        try {
          configuration = daemonConfiguration({ daemonOptions, ipv6, isolation });
        } catch {
          return;
        }
        for (const name of Object.keys(OWN).filter((each) => !['features', 'builder', 'ipv6'].includes(each))) {
          expect(configuration[name]).toEqual(OWN[name]);
        }
        expect(configuration['ipv6']).toBe(ipv6);
        expect(configuration['features']).toMatchObject({ 'containerd-snapshotter': false });
        if (isolation) expect(configuration['builder']).toMatchObject({ Entitlements: NONE_GRANTED });
      }),
    );
  });
});

describe("builds' entitlements", () => {
  const granting = { 'network-host': true, 'security-insecure': true };

  it('are what the options say, or the engine by itself, without isolation', () => {
    const configured = (daemonOptions: Readonly<Record<string, unknown>>) =>
      daemonConfiguration({ daemonOptions, ipv6: false, isolation: false })['builder'];
    expect(configured({})).toEqual({});
    expect(configured({ builder: { Entitlements: granting } })).toEqual({ Entitlements: granting });
  });

  // dockerd takes a name in any case, the long s for an s as well, and of two the last (Go's encoding/json).
  it.each([
    { builder: { Entitlements: granting } },
    { builder: { entitlements: granting } },
    { builder: { ENTITLEMENTS: granting } },
    { builder: { Entitlements: NONE_GRANTED, entitlements: granting } },
    { builder: { 'entitlement\u017f': granting } },
    { Builder: { entitlements: granting } },
    { BUILDER: { Entitlements: { 'NETWORK-HOST': true, 'Security-Insecure': true } } },
    { builder: {}, Builder: { Entitlements: granting } },
    { builder: [{ Entitlements: granting }] },
  ])('are none with isolation, however they are spelled: %j', (daemonOptions) => {
    let configuration;
    try {
      configuration = daemonConfiguration({ daemonOptions, ipv6: false, isolation: true });
    } catch (error) {
      expect(String(error)).toContain('the daemon options cannot be used');
      return;
    }
    expect(configuration).toEqual(OWN);
  });
});

describe('networks with IPv6', () => {
  const POOL_V6 = { base: 'fd62:756c:6b68::/56', size: 64 };

  it('are filtered and have addresses of their own', () => {
    const configuration = daemonConfiguration({ daemonOptions: { experimental: false }, ipv6: true, isolation: true });
    expect(configuration).toMatchObject({
      ipv6: true,
      ip6tables: true,
      experimental: true,
      'fixed-cidr-v6': 'fd62:756c:6b68:100::/64',
    });
    expect(configuration['default-address-pools']).toHaveLength(8);
    expect(configuration['default-address-pools']).toContainEqual(POOL_V6);
  });

  it('take the addresses that the options give', () => {
    const four = { base: '10.10.0.0/16', size: 24 };
    const six = { base: '2001:db8::/56', size: 64 };
    const pools = (given: readonly unknown[]) =>
      daemonConfiguration({ daemonOptions: { 'default-address-pools': given }, ipv6: true, isolation: true })[
        'default-address-pools'
      ];
    expect(pools([four])).toEqual([four, POOL_V6]);
    expect(pools([four, six])).toEqual([four, six]);
    const fixed = { 'fixed-cidr-v6': '2001:db8:1::/64' };
    expect(daemonConfiguration({ daemonOptions: fixed, ipv6: true, isolation: true })).toMatchObject(fixed);
  });
});

describe("dockerd's environment", () => {
  it('has the proxies in both spellings and never one for the VM itself', () => {
    const environment = engineProxy({
      http: 'http://p:1',
      https: 'http://p:2',
      exclude: ['*.example.com', '::1'],
    });
    expect(environment).toEqual({
      HTTP_PROXY: 'http://p:1',
      http_proxy: 'http://p:1',
      HTTPS_PROXY: 'http://p:2',
      https_proxy: 'http://p:2',
      NO_PROXY: '*.example.com,::1,localhost,127.0.0.1,10.0.2.15',
      no_proxy: '*.example.com,::1,localhost,127.0.0.1,10.0.2.15',
    });
  });

  it('has no variable for a proxy that there is not', () => {
    expect(engineProxy(null)).toEqual({});
    expect(Object.keys(engineProxy({ http: '', https: 'http://p:2', exclude: [] }))).toEqual([
      'HTTPS_PROXY',
      'https_proxy',
      'NO_PROXY',
      'no_proxy',
    ]);
  });
});
