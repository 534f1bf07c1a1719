import { archiveOf, type Entry } from '../archive.ts';
import type { Attack } from '../attack.ts';
import { LOCKED_VOLUME } from '../batches.ts';
import { type ContainerConfig, type Lab, observe, RESIDENT } from '../lab.ts';

const DOCKER_INSIDE = 'Docker itself unpacks with the container’s files as its root';
const NAME = 'bulkhead-check-cp';

/** Copies an archive into a container that never runs, and looks afterwards. */
const copying = (
  into: string,
  archive: () => Uint8Array | Promise<Uint8Array>,
  look: (lab: Lab, said: string) => Promise<string>,
  config: ContainerConfig = {},
) => ({
  kind: 'api' as const,
  door: 'docker cp',
  perform: (lab: Lab): Promise<string> =>
    observe(async () => {
      try {
        await lab.create('cp', { Cmd: ['true'], ...config });
        const path = `/containers/${NAME}/archive?path=${encodeURIComponent(into)}`;
        return await look(lab, await lab.request({ method: 'PUT', path, body: await archive() }));
      } finally {
        await lab.remove('cp');
      }
    }),
});

const said = (_lab: Lab, answer: string): Promise<string> => Promise.resolve(answer);

/** Whether a file of the archive is in the container now. */
const inside =
  (file: string) =>
  async (lab: Lab, answer: string): Promise<string> => {
    if (answer.startsWith('refused')) return answer;
    const found = await lab.request({ method: 'GET', path: `/containers/${NAME}/archive?path=${file}` });
    return found.startsWith('ran') ? 'ran: it is inside the container' : 'ran: it is not in the container';
  };

const escaping = (id: string, title: string, entries: readonly Entry[], file: string): Attack => ({
  id: `83 ${id}`,
  title,
  attempt: copying('/tmp', () => archiveOf(entries), inside(file)),
  outcome: 'neutralised',
  expected: /^refused: .|^ran: it is inside the container$/u,
  harm: /not in the container$/u,
  unharmed: DOCKER_INSIDE,
});

const XZ = Uint8Array.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04]);

const gzipped = async (archive: Uint8Array): Promise<Uint8Array> => {
  const packed = new Blob([new Uint8Array(archive)]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
};

/** Files that docker cp brings into a container or out of one. */
export const ARCHIVES: readonly Attack[] = [
  {
    id: '83 link',
    title: 'docker cp from a directory that the container made a link to /etc',
    attempt: {
      kind: 'api',
      door: 'docker cp',
      perform: async (lab) => {
        await lab.exec(RESIDENT, 'ln -s /etc /link-to-etc');
        return lab.request({
          method: 'GET',
          path: `/containers/bulkhead-check-${RESIDENT}/archive?path=/link-to-etc/debian_version`,
        });
      },
    },
    outcome: 'neutralised',
    expected: /^refused: Could not find the file/u,
    harm: /^ran:/u,
    unharmed: 'Docker itself follows links inside the container only',
    safe: true,
  },
  escaping(
    'absolute link',
    'an archive with a link to /etc and a file behind it',
    [
      { name: 'out', link: '/etc' },
      { name: 'out/bulkhead-attack', content: 'x' },
    ],
    '/etc/bulkhead-attack',
  ),
  escaping(
    'relative link',
    'an archive with a link that climbs out and a file behind it',
    [
      { name: 'out', link: '../../../../../etc' },
      { name: 'out/bulkhead-attack', content: 'x' },
    ],
    '/etc/bulkhead-attack',
  ),
  escaping(
    'dots',
    'an archive with a file of the name ../../../etc/bulkhead-attack',
    [{ name: '../../../etc/bulkhead-attack', content: 'x' }],
    '/etc/bulkhead-attack',
  ),
  {
    id: '83 read-only',
    title: 'docker cp into a read-only volume',
    attempt: copying('/ro', () => archiveOf([{ name: 'bulkhead-attack', content: 'x' }]), said, {
      HostConfig: { Binds: [`${LOCKED_VOLUME}:/ro:ro`] },
    }),
    outcome: 'refused',
    expected: /^refused: .*read-only/u,
    harm: /^ran:/u,
    unharmed: 'Docker itself refuses it',
  },
  {
    id: '83 gzip',
    title: 'docker cp of a gzip archive',
    attempt: copying('/tmp', () => gzipped(archiveOf([{ name: 'packed', content: 'x' }])), inside('/tmp/packed')),
    outcome: 'works',
    expected: /^ran: it is inside the container$/u,
    harm: null,
  },
  {
    id: '83 xz',
    title: 'an xz archive for docker cp, unpacked by the container’s own xz as the VM’s root',
    attempt: copying('/tmp', () => XZ, said),
    outcome: 'refused',
    expected: /^refused: .*\bxz\b/iu,
    harm: /^ran:/u,
    unharmed: 'the VM’s own xz is run where the container has none, and says that these few bytes are no archive',
  },
];
