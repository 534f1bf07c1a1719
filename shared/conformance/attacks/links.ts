import { archiveOf } from '../archive.ts';
import type { Attack } from '../attack.ts';
import { LOCKED_VOLUME } from '../batches.ts';
import { build } from '../build.ts';
import { digestOf } from '../digest.ts';
import { beside, CHECK_LABEL, CHECK_NAME, type Lab, observe } from '../lab.ts';

/*
 * Files that containers and images lay for the engine, which works on them by their paths in the VM, as root of it.
 */

const INTO_BACKGROUND = { AttachStdout: false, AttachStderr: false };
/** How often a race is run that may be lost. */
const ROUNDS = 10;

const FILLER = 'bulkhead-check/filler:1';
const FILLED = `${CHECK_NAME}filled`;
const PLANTED = 'bulkhead-planted';

/** Beside them are large files, and which of them the engine copies first depends on its file system. */
const DIRECTORIES = [1, 2, 3, 4, 5, 6, 7, 8].map((at) => `z${at}`);

const FILLER_LINES = [
  `RUN mkdir /data; for z in ${DIRECTORIES.join(' ')}; do mkdir /data/$z; echo planted >/data/$z/${PLANTED}; done`,
  'RUN for a in 1 2 3 4; do dd if=/dev/zero of=/data/a$a bs=1M count=16; done',
];

/** Waits for the first file or directory, and lays links where the others are to come. */
const PLANT = `until set -- /v/*; [ -e "$1" ]; do :; done; for z in ${DIRECTORIES.join(' ')}; do ln -s /run /v/$z; done`;

/** One race of a container against the engine, which fills their volume from an image. */
const fillOnce = (lab: Lab): Promise<string> =>
  observe(async () => {
    await lab.request({
      method: 'POST',
      path: '/volumes/create',
      body: { Name: FILLED, Labels: { [CHECK_LABEL]: 'true' } },
    });
    try {
      return await beside(lab, 'racer', { HostConfig: { Binds: [`${FILLED}:/v`] } }, async () => {
        await lab.exec('racer', `(${PLANT}) &`, INTO_BACKGROUND);
        await lab.create('filler', { Image: FILLER, Cmd: ['true'], HostConfig: { Binds: [`${FILLED}:/data`] } });
        return lab.run(`cat /x/${PLANTED}; rm -f /x/${PLANTED}`, { HostConfig: { Binds: ['/run:/x'] } });
      });
    } finally {
      await lab.remove('filler');
      await lab.request({ method: 'DELETE', path: `/volumes/${FILLED}` });
    }
  });

const WON = /^ran: planted$/u;
/** A link that is not followed is neither a directory nor a free place for one. */
const STOPPED = /^refused: failed to mkdir .*: file exists/u;

const fill = async (lab: Lab): Promise<string> => {
  const built = await build(lab, { builder: 'legacy', lines: [`FROM ${lab.image}`, ...FILLER_LINES] }, FILLER);
  if (built.startsWith('refused')) return built;
  let seen = '';
  for (let round = 0; round < ROUNDS && !WON.test(seen) && !STOPPED.test(seen); round += 1) seen = await fillOnce(lab);
  await lab.request({ method: 'DELETE', path: `/images/${FILLER}?force=1` });
  return seen;
};

const COMMITTED = 'bulkhead-check/committed:1';

/** A directory and a link that take turns, and in it a file that is long to read before the one that the VM has as well. */
const ALTERNATE = [
  'mkdir -p /turns/one',
  'cd /turns',
  'echo harmless >one/passwd',
  'dd if=/dev/zero of=one/a bs=1M count=16',
  'ln -s /etc two',
  'attack alternate one two &',
].join('; ');

/** In the VM's /etc/passwd, and in none of the container. */
const OF_THE_VM = 'root:/root:/bin/bash';

/** Whether the image has a file of the VM in the place of the container's. */
const holdsOfTheVm = async (lab: Lab): Promise<boolean> => {
  try {
    await lab.create('committed', { Image: COMMITTED, Cmd: ['true'] });
    for (const name of ['one', 'two']) {
      const path = `/containers/${CHECK_NAME}committed/archive?path=/turns/${name}/passwd`;
      if ((await lab.request({ method: 'GET', path })).includes(OF_THE_VM)) return true;
    }
    return false;
  } finally {
    await lab.remove('committed');
    await lab.request({ method: 'DELETE', path: `/images/${COMMITTED}?force=1` });
  }
};

const commit = (lab: Lab): Promise<string> =>
  beside(lab, 'turns', {}, async () => {
    await lab.exec('turns', ALTERNATE, INTO_BACKGROUND);
    const path = `/commit?container=${CHECK_NAME}turns&pause=0&repo=${COMMITTED.replace(':', '&tag=')}`;
    for (let round = 0; round < ROUNDS; round += 1) {
      const made = await lab.request({ method: 'POST', path, body: {} });
      if (made.startsWith('ran') && (await holdsOfTheVm(lab))) return 'ran: an image holds a file of the VM';
    }
    return `ran: no image of ${ROUNDS} holds a file of the VM`;
  });

/** An image that was loaded while isolation was off. */
export const CRAFTED = 'bulkhead-before/crafted:1';

/**
 * The archive of an image whose only layer lays a file by way of a link that leads to /etc: that of the image, or that of the
 * VM for who goes there from the VM. For `docker load` while isolation is off; with isolation on it cannot be loaded.
 */
export const craftedImage = async (): Promise<Uint8Array> => {
  const layer = archiveOf([
    { name: 'etc/made', content: '' },
    { name: 'link', link: '/etc' },
    { name: 'link/passwd', content: 'of the image' },
  ]);
  const configuration = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [await digestOf(layer)] },
  });
  return archiveOf([
    { name: 'configuration.json', content: configuration },
    { name: 'layer.tar', content: layer },
    {
      name: 'manifest.json',
      content: JSON.stringify([{ Config: 'configuration.json', RepoTags: [CRAFTED], Layers: ['layer.tar'] }]),
    },
  ]);
};

const save = async (lab: Lab): Promise<string> => {
  const saved = await lab.request({ method: 'GET', path: `/images/${CRAFTED}/get` });
  return saved.startsWith('refused') ? saved : 'ran: the image was saved';
};

const PLUGIN = `${CHECK_NAME}plugin`;

/** The answer to whatever the engine asks its plugin of volumes (Docker docs, "Docker volume plugins"). */
const PLUGIN_ANSWER = JSON.stringify({
  Implements: ['VolumeDriver'],
  Volume: { Name: PLUGIN, Mountpoint: '/run/bulkhead' },
  Mountpoint: '/run/bulkhead',
});

const plugin = (lab: Lab): Promise<string> =>
  beside(lab, 'plugin', { HostConfig: { Binds: [`${LOCKED_VOLUME}:/v`] } }, async () => {
    await lab.exec('plugin', `attack serve /v/driver.sock '${PLUGIN_ANSWER}' &`, INTO_BACKGROUND);
    await lab.exec('plugin', 'until [ -S /v/driver.sock ]; do sleep 1; done');
    const driver = { Name: `../../../var/lib/docker/volumes/${LOCKED_VOLUME}/_data/driver` };
    const mount = { Type: 'volume', Source: PLUGIN, Target: '/x', VolumeOptions: { DriverConfig: driver } };
    const seen = await lab.run('ls /x', { HostConfig: { Mounts: [mount] } });
    await lab.request({ method: 'DELETE', path: `/volumes/${PLUGIN}?force=1` });
    await lab.exec('plugin', 'rm /v/driver.sock');
    return seen;
  });

export const LINKS: readonly Attack[] = [
  {
    id: '83 fill',
    title: 'a link that a container puts into a volume while the engine fills it from an image',
    attempt: { kind: 'api', door: 'docker create', perform: fill },
    outcome: 'refused',
    expected: STOPPED,
    harm: WON,
  },
  {
    id: '88 commit',
    title:
      'a directory that is a link to /etc at every other moment, while the engine reads it for docker commit --pause=false',
    attempt: { kind: 'api', door: 'docker commit', perform: commit },
    outcome: 'neutralised',
    expected: /^ran: no image/u,
    harm: /^ran: an image holds/u,
  },
  {
    id: '88 save',
    title: 'an image of before, with a layer that lays a file through a link of its own to /etc',
    attempt: { kind: 'api', door: 'docker save', perform: save },
    outcome: 'refused',
    expected: /^refused: open \S*\/link\/passwd: too many levels of symbolic links$/u,
    harm: /^refused: file integrity checksum failed|^ran: /u,
  },
  {
    id: '26 driver',
    title: 'a volume driver whose name leads to a socket in a volume of a container',
    attempt: { kind: 'api', door: 'docker run --mount', perform: plugin },
    outcome: 'refused',
    expected: /^refused: enhanced container isolation: the volume driver ".*" is not allowed/u,
    harm: /engine\.sock/u,
  },
];
