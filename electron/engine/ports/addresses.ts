import net from 'node:net';
import type { PublishedPort } from '../../../shared/contract/ports.ts';
import type { PortBinding } from '../port.ts';

/** An address of the host to listen on. */
export interface HostAddress {
  readonly address: string;
  /** Nobody asked for it by name: where the host has no such family, it is left out. */
  readonly optional: boolean;
}

const EVERYWHERE: readonly HostAddress[] = [
  { address: '0.0.0.0', optional: false },
  { address: '::', optional: true },
];
const LOOPBACK: readonly HostAddress[] = [
  { address: '127.0.0.1', optional: false },
  { address: '::1', optional: true },
];

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

const one = (address: string): readonly HostAddress[] => [{ address, optional: false }];

/** On which addresses of the host a published port is to be reached under the setting "Port binding behavior". */
export const hostAddresses = ({ address }: PublishedPort, binding: PortBinding): readonly HostAddress[] => {
  switch (binding) {
    case 'default-port-binding':
      return address === null ? EVERYWHERE : one(address);
    case 'default-local-port-binding':
      return address === null ? LOOPBACK : one(address);
    case 'local-only-port-binding':
      if (address === null) return LOOPBACK;
      if (isLoopback(address)) return one(address);
      return one(net.isIPv6(address) ? '::1' : '127.0.0.1');
  }
};

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

/** The words of Docker Desktop for a port that the host does not give. */
export const notAvailable = ({ protocol, port }: PublishedPort, address: string, code: string): string => {
  const place = `${net.isIPv6(address) ? `[${address}]` : address}:${port}`;
  return `Ports are not available: exposing port ${protocol.toUpperCase()} ${place}: listen ${protocol} ${place}: bind: ${REASONS[code] ?? code}`;
};

/** What a person can do about it. */
export const adviceFor = (code: string): string => {
  switch (code) {
    case 'EACCES':
      return 'Publish a port from 1024 on, or let every user listen below that (sysctl net.ipv4.ip_unprivileged_port_start).';
    case 'EADDRNOTAVAIL':
      return 'Publish the port on an address that this computer has.';
    default:
      return 'Stop the program that uses it and start the container again, or publish another port.';
  }
};
