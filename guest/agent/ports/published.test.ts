import { describe, expect, it } from 'vitest';
import { containerSchema, publicationsOf, wantedPorts } from './published.ts';

const container = (given: {
  readonly asked: unknown;
  readonly given?: unknown;
  readonly running?: boolean;
  readonly networks?: unknown;
}) =>
  containerSchema.parse({
    Id: 'a'.repeat(64),
    State: { Running: given.running ?? true },
    HostConfig: { PortBindings: given.asked },
    NetworkSettings: {
      Ports: given.given ?? null,
      Networks: given.networks ?? { bridge: { IPAddress: '172.17.0.2' } },
    },
  });

const EVERYWHERE = [
  { HostIp: '0.0.0.0', HostPort: '8080' },
  { HostIp: '::', HostPort: '8080' },
];

describe('what a container publishes', () => {
  it('is one port when no address was asked for, and leads to the container itself', () => {
    const asked = { '80/tcp': [{ HostIp: '', HostPort: '8080' }] };
    expect(publicationsOf(container({ asked, given: { '80/tcp': EVERYWHERE, '443/tcp': null } }))).toEqual([
      { port: { protocol: 'tcp', address: null, port: 8080 }, target: { host: '172.17.0.2', port: 80 } },
    ]);
  });

  it('keeps an address that was asked for, also the one for all', () => {
    const asked = { '53/udp': [{ HostIp: '0.0.0.0', HostPort: '' }] };
    const given = { '53/udp': [{ HostIp: '0.0.0.0', HostPort: '32768' }] };
    expect(publicationsOf(container({ asked, given }))).toEqual([
      { port: { protocol: 'udp', address: '0.0.0.0', port: 32_768 }, target: { host: '172.17.0.2', port: 53 } },
    ]);
  });

  it('is nothing while it does not run or has no network', () => {
    const asked = { '80/tcp': [{ HostIp: '', HostPort: '8080' }] };
    const given = { '80/tcp': EVERYWHERE };
    expect(publicationsOf(container({ asked, given, running: false }))).toEqual([]);
    expect(publicationsOf(container({ asked, given, networks: { none: { IPAddress: '' } } }))).toEqual([]);
  });

  it('is known before it starts, but for what the engine chooses', () => {
    const asked = {
      '80/tcp': [
        { HostIp: '127.0.0.1', HostPort: '8080' },
        { HostIp: '', HostPort: '8000-8010' },
      ],
      '81/tcp': [{ HostIp: '', HostPort: '' }],
      '5000/sctp': [{ HostIp: '', HostPort: '5000' }],
    };
    expect(wantedPorts(container({ asked }))).toEqual([{ protocol: 'tcp', address: '127.0.0.1', port: 8080 }]);
  });
});
