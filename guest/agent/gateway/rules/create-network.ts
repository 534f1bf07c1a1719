import { CREATE_NETWORK } from '../json/bodies.ts';
import { stringAt } from '../json/shape.ts';
import { Refusal } from '../refusal.ts';
import { FORWARD, type Handler } from '../routes.ts';

/**
 * Drivers that put containers on the wire of an interface of the VM (Docker docs, macvlan and ipvlan network drivers). What
 * they send is not forwarded by the VM, so its firewall does not see it, and the gateway on that wire leads to services that
 * listen on the host's loopback.
 */
const ON_THE_WIRE: ReadonlySet<string> = new Set(['macvlan', 'ipvlan']);

/** POST /networks/create with isolation on. */
export const createNetwork: Handler = async (request) => {
  const body = await request.json(CREATE_NETWORK);
  if (body === null) return FORWARD;
  const driver = stringAt(body, 'Driver');
  if (ON_THE_WIRE.has(driver)) {
    throw new Refusal(
      403,
      `enhanced container isolation: networks of the driver "${driver}" are not allowed, because they lead past the firewall ` +
        'of the VM; use a bridge network',
    );
  }
  return { kind: 'replace', body };
};
