import { archiveOf, isArchive, membersIn } from '../archive.ts';
import type { Attack } from '../attack.ts';
import { beside, CHECK_LABEL, type Lab, observe, RESIDENT } from '../lab.ts';
import { use } from './use.ts';

const CONTAINER = `/containers/bulkhead-check-${RESIDENT}`;
const VOLUME = 'bulkhead-check-shared';
const IMAGE = 'bulkhead-check/kept:1';

/** Files of two owners in the container that everything here is done to. */
const FILES = 'mkdir -p /kept; echo root >/kept/root; echo user >/kept/user; chown 1000:1000 /kept/user';

/** Makes the files, does `work`, and removes the image that it may have made. */
const withFiles = (lab: Lab, work: () => Promise<string>): Promise<string> =>
  observe(async () => {
    try {
      await lab.exec(RESIDENT, FILES);
      return await work();
    } finally {
      await lab.request({ method: 'DELETE', path: `/images/${IMAGE}?force=1` });
    }
  });

const bytesOf = async (lab: Lab, path: string): Promise<Uint8Array> => {
  const { status, body } = await lab.ask({ method: 'GET', path });
  if (status !== 200) throw new Error(`${path}: ${status}`);
  return body;
};

/** The owners of the files in an archive, or in the archives inside it. */
const ownersIn = (archive: Uint8Array): readonly string[] =>
  membersIn(archive).flatMap(({ name, owner, content }) => {
    if (isArchive(content)) return ownersIn(content);
    return /^(?:\.\/)?kept\/./u.test(name) ? [`${name} ${owner}`] : [];
  });

const OWNERS = /^kept\/root 0:0, kept\/user 1000:1000$/u;
const STAT = 'echo $(stat -c %u:%g /kept/root /kept/user)';
const STATED = /^ran: 0:0 1000:1000$/u;

const commit = (lab: Lab): Promise<string> =>
  lab.request({
    method: 'POST',
    path: `/commit?container=bulkhead-check-${RESIDENT}&repo=bulkhead-check%2Fkept&tag=1`,
    body: { Labels: { [CHECK_LABEL]: 'true' } },
  });

/** Files of containers, in volumes, images and archives. */
export const USES_FILES: readonly Attack[] = [
  use(
    'volumes',
    'a named and an anonymous volume in two containers at once, with files of two owners',
    'docker run -v, --volumes-from',
    /^ran: one ran: 0:0 1000:1000; other ran: 0:0 1000:1000 0:0 1000:1000; one again ran: written by the other$/u,
    (lab) =>
      beside(
        lab,
        'volumes',
        { Volumes: { '/anonymous': {} }, HostConfig: { Binds: [`${VOLUME}:/named`] } },
        async () => {
          const one = await lab.exec(
            'volumes',
            'for v in named anonymous; do >/$v/a; >/$v/b; chown 1000:1000 /$v/b; done; echo $(stat -c %u:%g /named/a /named/b)',
          );
          const other = await lab.run(
            'echo $(stat -c %u:%g /named/a /named/b /anonymous/a /anonymous/b); busybox su user -c "echo written by the other >/named/b"',
            { HostConfig: { VolumesFrom: ['bulkhead-check-volumes'] } },
          );
          return `ran: one ${one}; other ${other}; one again ${await lab.exec('volumes', 'cat /named/b')}`;
        },
      ),
  ),
  use(
    'cp in',
    'docker cp into a running container, which sees the file at once',
    'docker cp',
    /^ran: 0:0 1000:1000 fresh$/u,
    async (lab) => {
      const body = archiveOf([
        { name: 'in-root', content: 'fresh' },
        { name: 'in-user', content: 'fresh', owner: 1000 },
      ]);
      const copied = await lab.request({ method: 'PUT', path: `${CONTAINER}/archive?path=/tmp&copyUIDGID=1`, body });
      if (copied.startsWith('refused')) return copied;
      return lab.exec(RESIDENT, 'echo $(stat -c %u:%g /tmp/in-root /tmp/in-user) $(cat /tmp/in-user)');
    },
  ),
  use(
    'cp out',
    'docker cp out of a running container, of what it wrote last',
    'docker cp',
    /^first 1000:1000, second 1000:1000$/u,
    async (lab) => {
      const seen: string[] = [];
      for (const text of ['first', 'second']) {
        await lab.exec(RESIDENT, `echo ${text} >/out; chown 1000:1000 /out`);
        const [file] = membersIn(await bytesOf(lab, `${CONTAINER}/archive?path=/out`));
        seen.push(`${new TextDecoder().decode(file?.content).trim()} ${file?.owner}`);
      }
      return seen.join(', ');
    },
  ),
  use('diff', 'docker diff', 'docker diff', /^ran: .*"Path":"\/kept\/user","Kind":1/u, (lab) =>
    withFiles(lab, () => lab.request({ method: 'GET', path: `${CONTAINER}/changes` })),
  ),
  use('commit', 'an image of docker commit, run', 'docker commit, docker run', STATED, (lab) =>
    withFiles(lab, async () => {
      const made = await commit(lab);
      return made.startsWith('refused') ? made : lab.run(STAT, { Image: IMAGE });
    }),
  ),
  use('export', 'owners in docker export', 'docker export', OWNERS, (lab) =>
    withFiles(lab, async () => ownersIn(await bytesOf(lab, `${CONTAINER}/export`)).join(', ')),
  ),
  use('import', 'an image of docker export and docker import, run', 'docker import, docker run', STATED, (lab) =>
    withFiles(lab, async () => {
      const body = await bytesOf(lab, `${CONTAINER}/export`);
      const path = '/images/create?fromSrc=-&repo=bulkhead-check%2Fkept&tag=1&changes=ENV%20PATH%3D%2Fbin';
      const made = await lab.request({ method: 'POST', path, body });
      return made.startsWith('refused') ? made : lab.run(STAT, { Image: IMAGE });
    }),
  ),
  use(
    'save',
    'docker save and docker load, owners in the archive, and the image run',
    'docker save, docker load',
    /^kept\/root 0:0, kept\/user 1000:1000; ran: 0:0 1000:1000$/u,
    (lab) =>
      withFiles(lab, async () => {
        const made = await commit(lab);
        if (made.startsWith('refused')) return made;
        const body = await bytesOf(lab, `/images/${IMAGE}/get`);
        await lab.request({ method: 'DELETE', path: `/images/${IMAGE}?force=1` });
        const loaded = await lab.request({ method: 'POST', path: '/images/load', body });
        if (loaded.startsWith('refused')) return loaded;
        return `${ownersIn(body).join(', ')}; ${await lab.run(STAT, { Image: IMAGE })}`;
      }),
  ),
];
