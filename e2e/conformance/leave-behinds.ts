import type { AskEngine } from '../../shared/conformance/lab.ts';
import { createLab } from '../../shared/conformance/lab.ts';
import { PROBE_REFERENCE } from '../../guest/image/probe-image.ts';

/** Containers and volumes as somebody may have made them before isolation was turned on. They carry no label, and stay. */
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
  ];
  const refused = made.find((said) => said.startsWith('refused'));
  if (refused !== undefined) throw new Error(`nothing can be left behind: ${refused}`);
};
