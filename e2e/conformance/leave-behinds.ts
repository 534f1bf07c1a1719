import type { AskEngine } from '../../shared/conformance/lab.ts';
import { craftedImage } from '../../shared/conformance/attacks/links.ts';
import { createLab } from '../../shared/conformance/lab.ts';
import { PROBE_REFERENCE } from '../../guest/image/probe-image.ts';

/** Containers, volumes, networks and images as somebody may have made them before isolation was turned on. They carry no label, and stay. */
export const leaveBehind = async (ask: AskEngine): Promise<void> => {
  const lab = createLab(ask, PROBE_REFERENCE);
  const made = [
    await lab.request({
      method: 'POST',
      path: '/containers/create?name=bulkhead-before-etc',
      body: { Image: PROBE_REFERENCE, Cmd: ['sleep', '1'], HostConfig: { Binds: ['/etc:/x'] } },
    }),
    await lab.request({
      method: 'POST',
      path: '/volumes/create',
      body: {
        Name: 'bulkhead-before-etc',
        Driver: 'local',
        DriverOpts: { type: 'none', o: 'bind', device: '/etc' },
      },
    }),
    await lab.request({
      method: 'POST',
      path: '/containers/create?name=bulkhead-before-always',
      body: {
        Image: PROBE_REFERENCE,
        Cmd: ['sh', '-c', 'cat /proc/self/uid_map; exec sleep 100000'],
        HostConfig: { RestartPolicy: { Name: 'always' } },
      },
    }),
    await lab.request({ method: 'POST', path: '/containers/bulkhead-before-always/start' }),
    await lab.request({
      method: 'POST',
      path: '/networks/create',
      body: { Name: 'bulkhead-before-macvlan', Driver: 'macvlan', Options: { parent: 'eth0' } },
    }),
    await lab.request({
      method: 'POST',
      path: '/containers/create?name=bulkhead-before-macvlan',
      body: {
        Image: PROBE_REFERENCE,
        Cmd: ['sleep', '100000'],
        HostConfig: { NetworkMode: 'bulkhead-before-macvlan', RestartPolicy: { Name: 'always' } },
      },
    }),
    await lab.request({ method: 'POST', path: '/containers/bulkhead-before-macvlan/start' }),
    await lab.request({ method: 'POST', path: '/images/load', body: await craftedImage() }),
  ];
  const refused = made.find((said) => said.startsWith('refused') || said.includes('"error"'));
  if (refused !== undefined) throw new Error(`nothing can be left behind: ${refused}`);
};
