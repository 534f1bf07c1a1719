import { liesInOwnNetwork, OWN_NETWORK } from '../../../../shared/engine/own-network.ts';
import type { Engine, NetworkView } from '../engine.ts';
import { CONNECT_NETWORK, CREATE_NETWORK, DISCONNECT_NETWORK } from '../json/bodies.ts';
import type { Json } from '../json/json.ts';
import { listAt, member, stringAt, stringMapAt, withMembers } from '../json/shape.ts';
import { Refusal } from '../refusal.ts';
import { FORWARD, type Handler } from '../routes.ts';

/**
 * The one driver whose networks the VM's firewall sees. Those of macvlan and ipvlan put containers on the wire of an interface
 * of the VM (Docker docs, macvlan and ipvlan network drivers), where the gateway leads to services that listen on the host's
 * loopback; the others need a swarm or a plugin.
 */
const isBehindFirewall = (driver: string): boolean => driver === '' || driver === 'bridge';

const refused = (driver: string): Refusal =>
  new Refusal(
    403,
    `enhanced container isolation: networks of the driver "${driver}" are not allowed, because they lead past the firewall ` +
      'of the VM; use a bridge network',
  );

/** For any other name the engine looks for a plugin, as it does for a volume's driver. */
const IPAM_DRIVERS: ReadonlySet<string> = new Set(['', 'default', 'null']);

/** Engines without such networks: none can come up while isolation is on. */
const withoutRefused = new WeakSet<Engine>();

/** The networks that were made with another driver while isolation was off. */
const refusedNetworks = async (engine: Engine): Promise<readonly NetworkView[]> => {
  if (withoutRefused.has(engine)) return [];
  const networks = (await engine.listMadeNetworks()).filter(({ driver }) => !isBehindFirewall(driver));
  if (networks.length === 0) withoutRefused.add(engine);
  return networks;
};

/** Throws a Refusal when one of the networks that `names` gives, by name or id, must not be used. */
export const vetNetworks = async (engine: Engine, names: () => Promise<readonly string[]>): Promise<void> => {
  const networks = await refusedNetworks(engine);
  if (networks.length === 0) return;
  const asked = await names();
  for (const { name, id, driver } of networks) {
    // The engine takes a prefix of an id for the id.
    if (asked.some((each) => each !== '' && (each === name || id.startsWith(each)))) throw refused(driver);
  }
};

/**
 * The request with IPv6 addresses beside the others, where the setting is for both. Docker's client sends `false` also
 * when nobody said so, and engine 26.1 has no default for new networks, so the two cannot be told apart. A network that
 * is only a configuration, or made from one, has what that says.
 */
const withBothKinds = (body: Json): Json => {
  const isOrdinary =
    isBehindFirewall(stringAt(body, 'Driver')) &&
    stringAt(member(body, 'ConfigFrom'), 'Network') === '' &&
    !isTrue(member(body, 'ConfigOnly')) &&
    ['', 'default'].includes(stringAt(member(body, 'IPAM'), 'Driver'));
  return isOrdinary ? withMembers(body, { EnableIPv6: { kind: 'boolean', value: true } }) : body;
};

/** Throws a Refusal for a network in whose place the VM has its link to the host: it would cut the engine off, at every boot. */
const vetAddresses = (body: Json): void => {
  const addresses = listAt(member(body, 'IPAM'), 'Config').flatMap((config) => [
    ...['Subnet', 'IPRange', 'Gateway'].map((name) => stringAt(config, name)),
    ...stringMapAt(config, 'AuxiliaryAddresses').values(),
  ]);
  const taken = addresses.find(liesInOwnNetwork);
  if (taken === undefined) return;
  throw new Refusal(
    400,
    `${taken} lies in ${OWN_NETWORK}, by which the VM and this computer reach each other; choose other addresses for the network`,
  );
};

const isTrue = (json: Json | undefined): boolean => json?.kind === 'boolean' && json.value;

/** POST /networks/create with isolation on. */
export const createNetwork: Handler = async (request, { settings }) => {
  const body = await request.json(CREATE_NETWORK);
  if (body === null) return FORWARD;
  const driver = stringAt(body, 'Driver');
  if (!isBehindFirewall(driver)) throw refused(driver);
  const ipam = stringAt(member(body, 'IPAM'), 'Driver');
  if (!IPAM_DRIVERS.has(ipam)) {
    throw new Refusal(
      403,
      `enhanced container isolation: the IPAM driver "${ipam}" is not allowed, because it is a plugin; leave it out`,
    );
  }
  vetAddresses(body);
  return { kind: 'replace', body: settings.ipv6 ? withBothKinds(body) : body };
};

/** The same without isolation. */
export const createPlainNetwork: Handler = async (request, { settings }) => {
  const body = await request.json(CREATE_NETWORK);
  if (body === null) return FORWARD;
  vetAddresses(body);
  return { kind: 'replace', body: settings.ipv6 ? withBothKinds(body) : body };
};

/** POST /networks/{id}/connect with isolation on. */
export const connectNetwork: Handler = async (request, { engine }) => {
  const body = await request.json(CONNECT_NETWORK);
  if (body === null) return FORWARD;
  await vetNetworks(engine, async () => [request.name]);
  return { kind: 'replace', body };
};

/** POST /networks/{id}/disconnect with isolation on. */
export const disconnectNetwork: Handler = async (request) => {
  const body = await request.json(DISCONNECT_NETWORK);
  return body === null ? FORWARD : { kind: 'replace', body };
};
