import { describe, expect, it } from 'vitest';
import type { PublishedPort } from '../../../shared/contract/ports.ts';
import type { PortBinding } from '../port.ts';
import { hostAddresses, notAvailable } from './addresses.ts';

const port = (address: string | null): PublishedPort => ({ protocol: 'tcp', address, port: 8080 });

describe('the addresses of a published port', () => {
  it.each<[PortBinding, string | null, readonly string[]]>([
    ['default-port-binding', null, ['0.0.0.0', '::']],
    ['default-port-binding', '0.0.0.0', ['0.0.0.0']],
    ['default-port-binding', '192.168.1.5', ['192.168.1.5']],
    ['default-local-port-binding', null, ['127.0.0.1', '::1']],
    ['default-local-port-binding', '0.0.0.0', ['0.0.0.0']],
    ['local-only-port-binding', null, ['127.0.0.1', '::1']],
    ['local-only-port-binding', '0.0.0.0', ['127.0.0.1']],
    ['local-only-port-binding', '192.168.1.5', ['127.0.0.1']],
    ['local-only-port-binding', '127.0.0.5', ['127.0.0.5']],
    ['local-only-port-binding', '::', ['::1']],
    ['local-only-port-binding', '::1', ['::1']],
  ])('are with %s, asked for on %s: %s', (binding, asked, expected) => {
    expect(hostAddresses(port(asked), binding).map(({ address }) => address)).toEqual(expected);
  });

  it('are named in the words of Docker Desktop when the host does not give one', () => {
    expect(notAvailable(port(null), '::', 'EADDRINUSE')).toBe(
      'Ports are not available: exposing port TCP [::]:8080: listen tcp [::]:8080: bind: address already in use',
    );
  });
});
