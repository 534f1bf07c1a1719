import type { Attack } from '../attack.ts';
import { CHECK_LABEL, type Lab } from '../lab.ts';

type Options = Readonly<Record<string, string>>;

const REFUSED =
  /^refused: (?:can't mount .* because it's configured as a restricted host mount|enhanced container isolation: a volume of type ".*" is not allowed)/u;

/** A volume with options of the local driver, asked for together with its container. */
const volume = (id: string, title: string, options: Options): Attack => {
  const target = `/x${id.replaceAll(' ', '-')}`;
  return {
    id,
    title,
    attempt: {
      kind: 'config',
      group: 'volumes',
      door: 'docker run --mount',
      hostConfig: {
        Mounts: [
          { Type: 'volume', Target: target, VolumeOptions: { DriverConfig: { Name: 'local', Options: options } } },
        ],
      },
      script: `ls -A ${target} | head -n 1`,
    },
    outcome: 'refused',
    expected: REFUSED,
    harm: /^ran: \S/u,
    safe: true,
  };
};

/** Makes a volume, uses it where the engine allows it, and removes it. */
const made = async (lab: Lab, name: string, options: Options, script: string): Promise<string> => {
  const Name = `bulkhead-check-${name}`;
  const answer = await lab.request({
    method: 'POST',
    path: '/volumes/create',
    body: { Name, Driver: 'local', DriverOpts: options, Labels: { [CHECK_LABEL]: 'true' } },
  });
  if (answer.startsWith('refused')) return answer;
  const seen = await lab.run(script, { HostConfig: { Binds: [`${Name}:/x`] } });
  await lab.request({ method: 'DELETE', path: `/volumes/${Name}` });
  return seen;
};

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
  ...['proc', 'sysfs', 'debugfs', 'devtmpfs', 'cgroup2'].map((type) =>
    volume(`29 ${type}`, `a volume with type=${type}`, { type, device: type }),
  ),
  {
    id: '26 create',
    title: 'the same made beforehand, with docker volume create',
    attempt: {
      kind: 'api',
      door: 'docker volume create, docker run',
      perform: (lab) => made(lab, '26', { type: 'none', o: 'bind', device: '/etc' }, 'ls /x | head -n 1'),
    },
    outcome: 'refused',
    expected: REFUSED,
    harm: /^ran: \S/u,
    safe: true,
  },
  {
    id: '30',
    title: 'a volume with type=tmpfs',
    attempt: {
      kind: 'api',
      door: 'docker volume create, docker run',
      perform: (lab) => made(lab, '30', { type: 'tmpfs', device: 'tmpfs' }, 'echo kept >/x/f && cat /x/f'),
    },
    outcome: 'works',
    expected: /^ran: kept$/u,
    harm: null,
  },
];
