import { z } from 'zod';
import type { PublishedPort } from '../../../shared/contract/ports.ts';
import { portKey } from '../../../shared/engine/ports.ts';

/** Where a published port leads: an address of the container's own network. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Publication {
  readonly port: PublishedPort;
  readonly target: Target;
}

const binding = z.object({ HostIp: z.string().nullish(), HostPort: z.string().nullish() });
const bindings = z.record(z.string(), z.array(binding).nullish()).nullish();

/** What is read of Docker's answer to GET /containers/{id}/json. */
export const containerSchema = z.object({
  Id: z.string(),
  State: z.object({ Running: z.boolean() }),
  HostConfig: z.object({ PortBindings: bindings, AutoRemove: z.boolean().nullish() }),
  NetworkSettings: z.object({
    Ports: bindings,
    Networks: z
      .record(z.string(), z.object({ IPAddress: z.string().nullish(), GlobalIPv6Address: z.string().nullish() }))
      .nullish(),
  }),
});
export type Container = z.infer<typeof containerSchema>;

const PORT = /^(\d+)\/(tcp|udp)$/;

/** The port numbers that `-p 8000-8010:80` allows; an empty one leaves the choice to the engine. */
const allows = (asked: string, port: string): boolean => {
  const [first = '', last = first] = asked.split('-');
  return asked === '' || (Number(port) >= Number(first) && Number(port) <= Number(last));
};

const addressOf = ({ NetworkSettings }: Container): string | null => {
  const networks = Object.values(NetworkSettings.Networks ?? {});
  const found = networks.map(({ IPAddress }) => IPAddress ?? '').find((address) => address !== '');
  return found ?? networks.map((each) => each.GlobalIPv6Address ?? '').find((address) => address !== '') ?? null;
};

const portNumber = (text: string | null | undefined): number | null => {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : null;
};

/**
 * What a running container publishes. Docker answers with an address in any case, 0.0.0.0 when none was asked for; only
 * the container's own configuration tells whether one was.
 */
export const publicationsOf = (container: Container): readonly Publication[] => {
  const host = addressOf(container);
  if (!container.State.Running || host === null) return [];
  const found = new Map<string, Publication>();
  for (const [name, given] of Object.entries(container.NetworkSettings.Ports ?? {})) {
    const [, number, protocol] = PORT.exec(name) ?? [];
    if (number === undefined || (protocol !== 'tcp' && protocol !== 'udp')) continue;
    const asked = container.HostConfig.PortBindings?.[name] ?? [];
    for (const { HostIp, HostPort } of given ?? []) {
      const port = portNumber(HostPort);
      if (port === null) continue;
      const isAsked = asked.some(
        (each) => (each.HostIp ?? '') !== '' && each.HostIp === HostIp && allows(each.HostPort ?? '', String(port)),
      );
      const published: PublishedPort = { protocol, address: isAsked ? (HostIp ?? null) : null, port };
      found.set(portKey(published), { port: published, target: { host, port: Number(number) } });
    }
  }
  return [...found.values()];
};

/** The ports with numbers that a container will publish when it starts; the engine chooses the others then. */
export const wantedPorts = (container: Container): readonly PublishedPort[] => {
  const found = new Map<string, PublishedPort>();
  for (const [name, asked] of Object.entries(container.HostConfig.PortBindings ?? {})) {
    const protocol = PORT.exec(name)?.[2];
    if (protocol !== 'tcp' && protocol !== 'udp') continue;
    for (const { HostIp, HostPort } of asked ?? []) {
      const port = portNumber(HostPort);
      if (port === null) continue;
      const wanted: PublishedPort = { protocol, address: (HostIp ?? '') === '' ? null : (HostIp ?? null), port };
      found.set(portKey(wanted), wanted);
    }
  }
  return [...found.values()];
};
