import type { Attack, Attempt } from '../attack.ts';
import { build } from '../build.ts';
import { CHECK_NAME, type Lab, observe, Refused } from '../lab.ts';
import {
  answers,
  askingAll,
  blocked,
  partsOf,
  pull,
  pullPath,
  SOCKET_BIND,
  SOCKET_DOOR,
  type SocketRequest,
  starting,
  withSocket,
} from './socket-door.ts';

export const REGISTRY_PORT = 50_505;
const REGISTRY = `localhost:${REGISTRY_PORT}`;

/** Images of the listed boot. All but the last are in the registry. */
export const IMAGES = {
  /** The list has its tag. */
  byTag: `${REGISTRY}/check/tagged:1`,
  /** The list has its digest. */
  byDigest: `${REGISTRY}/check/fixed:1`,
  /** The layers of `byTag` and one more, under another tag of its repository. */
  otherTag: `${REGISTRY}/check/tagged:2`,
  /** The layers of `byTag` above another; came from no registry. */
  endsAlike: 'bulkhead-check/ends-alike:1',
} as const;

/** Commands that the list of the listed boot allows. */
export const ALLOWED_COMMANDS: readonly string[] = ['ps', 'pull', 'run'];

const DOOR = 'docker run with the Docker socket';
const LIST_CONTAINERS: SocketRequest = { line: 'GET /v1.44/containers/json' };

/** What a container of the image hears from the socket, or why it does not get one. */
const listingFrom = (lab: Lab, image: string): Promise<string> => withSocket(lab, answers([LIST_CONTAINERS]), image);

const remove = async (lab: Lab, image: string): Promise<void> => {
  await lab.ask({ method: 'DELETE', path: `/images/${image}?force=1` });
};

const must = async (answer: Promise<string>): Promise<void> => {
  const said = await answer;
  if (said.startsWith('refused')) throw new Refused(500, `it does not come so far: ${said}`);
};

const tag = (lab: Lab, image: string, name: string): Promise<void> => {
  const parts = partsOf(name);
  const query = `repo=${encodeURIComponent(parts.repository)}&tag=${parts.tag}`;
  return must(lab.request({ method: 'POST', path: `/images/${image}/tag?${query}` }));
};

/** Does something to the name that is in the list, and gives it back to its image. */
const takingTheName = (lab: Lab, work: () => Promise<string>): Promise<string> =>
  observe(async () => {
    try {
      return await work();
    } finally {
      await pull(lab, IMAGES.byTag);
    }
  });

/** An image whose containers may have the socket. */
const given = (id: string, title: string, perform: (lab: Lab) => Promise<string>): Attack => ({
  id: `90 ${id}`,
  title,
  attempt: { kind: 'api', door: DOOR, perform },
  outcome: 'works',
  expected: /^ran: GET \/v1\.44\/containers\/json -> 200 OK$/u,
  harm: null,
});

/** An image whose containers get none, in Docker's words. */
const refused = (id: string, title: string, repository: string, perform: (lab: Lab) => Promise<string>): Attack => ({
  id: `90 ${id}`,
  title,
  attempt: { kind: 'api', door: DOOR, perform },
  outcome: 'refused',
  // Docker's manual, "Docker socket image list".
  expected: new RegExp(
    `^refused: enhanced container isolation: docker socket mount denied for container with image "${repository}"; image is ` +
      'not in the allowed list; if you wish to allow it, configure the docker socket image list in the .*settings\\.$',
    'u',
  ),
  harm: /^ran: .* -> 200 OK$/u,
});

/** An image that is made of the listed one, gets a try and goes again. */
const derived = async (lab: Lab, make: (image: string) => Promise<string>): Promise<string> => {
  const image = 'bulkhead-check/derived:1';
  return observe(async () => {
    try {
      await must(make(image));
      return await listingFrom(lab, image);
    } finally {
      await remove(lab, image);
    }
  });
};

const commit = (lab: Lab, image: string): Promise<string> =>
  observe(async () => {
    try {
      await lab.create('base', { Image: IMAGES.byTag, Cmd: ['true'] });
      const parts = partsOf(image);
      return await lab.request({
        method: 'POST',
        path: `/commit?container=${CHECK_NAME}base&repo=${encodeURIComponent(parts.repository)}&tag=${parts.tag}`,
      });
    } finally {
      await lab.remove('base');
    }
  });

const BLOCKED = blocked('[^"]*');

/** Requests that the list refuses, each with its text. HEAD has none (RFC 9110, 9.3.2). */
const notAllowed = (id: string, title: string, lines: readonly string[]): Attack => ({
  id: `90 ${id}`,
  title,
  attempt: askingAll(
    lines.map((line) => ({ line })),
    IMAGES.byTag,
  ),
  outcome: 'refused',
  expected: new RegExp(
    `^ran: ${lines.map((line) => (line.startsWith('HEAD') ? '\\S+ \\S+ -> 403 Forbidden *' : `\\S+ \\S+ -> 403 Forbidden .*${BLOCKED}.*`)).join('\\n')}$`,
    'u',
  ),
  harm: / -> 20\d /u,
});

/** A container with the socket, of this image, that was made through the socket of a listed image. */
const handingOn = (image?: string): Attempt =>
  starting(
    { Privileged: true, UsernsMode: 'host', Binds: [SOCKET_BIND] },
    {
      ...(image === undefined ? {} : { Image: image }),
      Cmd: ['sh', '-c', `cat /proc/self/uid_map; ${answers([LIST_CONTAINERS, { line: 'GET /v1.44/images/json' }])}`],
    },
    IMAGES.byTag,
  );

/** What images of a list, and a list of allowed commands, let through. */
export const LIST_ATTACKS: readonly Attack[] = [
  given('tag', 'an image from the registry, whose tag is in the list', (lab) => listingFrom(lab, IMAGES.byTag)),
  given('digest', 'an image from the registry, whose digest is in the list', (lab) =>
    listingFrom(lab, IMAGES.byDigest),
  ),
  given('built', 'an image built from a listed one', (lab) =>
    derived(lab, (image) =>
      build(lab, { builder: 'legacy', lines: [`FROM ${IMAGES.byTag}`, 'COPY Dockerfile /built'] }, image),
    ),
  ),
  given('committed', 'an image that is the commit of a container of a listed one', (lab) =>
    derived(lab, (image) => commit(lab, image)),
  ),
  refused('other', 'an image that is not in the list', 'docker.io/bulkhead-check/attack', (lab) =>
    listingFrom(lab, lab.image),
  ),
  refused('renamed', 'another image that docker tag gives the listed name', `${REGISTRY}/check/tagged`, (lab) =>
    takingTheName(lab, async () => {
      await tag(lab, lab.image, IMAGES.byTag);
      return listingFrom(lab, IMAGES.byTag);
    }),
  ),
  refused('loaded', 'another image that docker load gives the listed name', `${REGISTRY}/check/tagged`, (lab) =>
    takingTheName(lab, async () => {
      await tag(lab, IMAGES.endsAlike, IMAGES.byTag);
      const { body } = await lab.ask({ method: 'GET', path: `/images/${IMAGES.byTag}/get` });
      await must(pull(lab, IMAGES.byTag));
      await must(lab.request({ method: 'POST', path: '/images/load', body }));
      return listingFrom(lab, IMAGES.byTag);
    }),
  ),
  refused('other tag', 'an image of the listed repository with another tag', `${REGISTRY}/check/tagged`, (lab) =>
    listingFrom(lab, IMAGES.otherTag),
  ),
  refused(
    'ends alike',
    'an image whose layers end with those of a listed one',
    'docker.io/bulkhead-check/ends-alike',
    (lab) => listingFrom(lab, IMAGES.endsAlike),
  ),
  {
    id: '90 pull',
    title: 'docker pull, which the command list allows',
    attempt: {
      kind: 'api',
      door: SOCKET_DOOR,
      perform: async (lab) => {
        await remove(lab, IMAGES.otherTag);
        const program = answers([{ line: `POST /v1.44${pullPath(IMAGES.otherTag)}` }]);
        const said = await withSocket(lab, program, IMAGES.byTag);
        const { status } = await lab.ask({ method: 'GET', path: `/images/${IMAGES.otherTag}/json` });
        return `${said}; docker inspect: ${status}`;
      },
    },
    outcome: 'works',
    expected: /^ran: POST \S+ -> 200 OK; docker inspect: 200$/u,
    harm: null,
  },
  notAllowed('not allowed', 'commands that the list does not allow, and a route of no command', [
    'GET /v1.44/images/json',
    `POST /v1.44/images/${partsOf(IMAGES.otherTag).repository}/push?tag=${partsOf(IMAGES.otherTag).tag}`,
    'POST /v1.44/images/create?fromSrc=-&repo=bulkhead-check/imported',
    'DELETE /v1.44/images/bulkhead-check/imported',
    `POST /v1.44/containers/${CHECK_NAME}none/turn`,
  ]),
  notAllowed('respelled', 'a command that the list does not allow, spelled differently', [
    'GET /images/json',
    'GET /v1.30/images/json',
    'GET /v1.44/%69mages/json',
    'GET /v1.44/Images/json',
    'HEAD /v1.44/images/json',
  ]),
  {
    id: '90 handed on',
    title: 'a container of an image that is not listed, given the socket through the socket',
    attempt: handingOn(),
    outcome: 'refused',
    expected: /^refused: [\s\S]*docker socket mount denied for container with image/u,
    harm: /^ran: 0 0 4294967295 .*containers\/json -> 200 OK/u,
  },
  {
    id: '90 handed down',
    title: 'one of a listed image, with --privileged and --userns=host: it is isolated, and the command list counts',
    attempt: handingOn(IMAGES.byTag),
    outcome: 'neutralised',
    expected: new RegExp(
      `^ran: 0 [1-9]\\d{5,9} 65536 \\S+ \\S+containers/json -> 200 OK \\S+ \\S+images/json -> 403 Forbidden .*${BLOCKED}`,
      'u',
    ),
    harm: /^ran: 0 0 4294967295 .*images\/json -> 200 OK/u,
  },
];
