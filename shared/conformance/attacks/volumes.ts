import type { Attack } from '../attack.ts';
import { CHECK_LABEL, type Lab } from '../lab.ts';

type Options = Readonly<Record<string, string>>;

/** Makes a volume with options of the local driver, lists it in a container, and removes it. */
const tryVolume = async (lab: Lab, name: string, options: Options, script: string): Promise<string> => {
  const volume = `bulkhead-check-${name}`;
  const made = await lab.request({
    method: 'POST',
    path: '/volumes/create',
    body: { Name: volume, Driver: 'local', DriverOpts: options, Labels: { [CHECK_LABEL]: 'true' } },
  });
  if (made.startsWith('refused')) return made;
  const seen = await lab.run(script, { HostConfig: { Binds: [`${volume}:/x`] } });
  await lab.request({ method: 'DELETE', path: `/volumes/${volume}` });
  return seen;
};

const LIST = 'ls -A /x | head -n 1';

const volume = (id: string, title: string, options: Options): Attack => ({
  id,
  title,
  attempt: {
    kind: 'api',
    door: 'docker volume create, docker run',
    perform: (lab) => tryVolume(lab, id.replace(/ /gu, '-'), options, LIST),
  },
  outcome: 'refused',
  expected:
    /^refused: (?:can't mount .* because it's configured as a restricted host mount|enhanced container isolation: a volume of type ".*" is not allowed)/u,
  harm: /^ran:/u,
  safe: true,
});

/** Volumes whose options make the engine mount what is the VM's own. */
export const VOLUMES: readonly Attack[] = [
  volume('26', 'a volume with type=none, o=bind, device=/etc', { type: 'none', o: 'bind', device: '/etc' }),
  volume('26 rbind', 'a volume with type=none, o=rbind, device=/run', { type: 'none', o: 'rbind', device: '/run' }),
  volume('27', 'a volume with type=ext4, device=/dev/vdc', { type: 'ext4', device: '/dev/vdc' }),
  volume('28', 'a volume with type=overlay, o=lowerdir=/etc:/usr', {
    type: 'overlay',
    device: 'overlay',
    o: 'lowerdir=/etc:/usr',
  }),
  ...['proc', 'sysfs', 'debugfs', 'devtmpfs', 'cgroup2', 'bpf', 'securityfs'].map((type) =>
    volume(`29 ${type}`, `a volume with type=${type}`, { type, device: type }),
  ),
  {
    id: '30',
    title: 'a volume with type=tmpfs',
    attempt: {
      kind: 'api',
      door: 'docker volume create, docker run',
      perform: (lab) => tryVolume(lab, '30', { type: 'tmpfs', device: 'tmpfs' }, 'echo kept >/x/f && cat /x/f'),
    },
    outcome: 'works',
    expected: /^ran: kept$/u,
    harm: null,
  },
];
