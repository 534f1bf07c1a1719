import type { Attack, Attempt } from '../attack.ts';
import { type BuildContainer, runInBuild } from '../build-container.ts';
import { CHECK_NAME, type Lab, RESIDENT } from '../lab.ts';
import { type Entitlement, HOST_NETWORK, INSECURE, solve, type Step, stepDefinition } from '../llb.ts';

/*
 * What `docker buildx` and a program of one's own can ask of BuildKit without a Dockerfile. A step says by its exit code
 * whether it got at the VM.
 */

const HARM = 41;
const ISOLATED = 42;
const harm = new RegExp(`exit code: ${HARM}`, 'u');
const isolated = new RegExp(`exit code: ${ISOLATED}`, 'u');

/** Exits with one code or the other. */
const judging = (condition: string): string => `${condition} && exit ${HARM}; exit ${ISOLATED}`;
const UNMAPPED = judging('read -r a b c </proc/self/uid_map; test "$b" = 0');
/** The bridge that Docker makes in the VM. */
const SEES_THE_VM = judging('ip -o -4 addr show | grep -q docker0');

const protocol = (perform: (lab: Lab) => Promise<string>): Attempt => ({
  kind: 'api',
  door: 'BuildKit’s protocol, POST /grpc',
  perform,
});

const step = (entitlements: readonly Entitlement[], how: Step): Attempt =>
  protocol(async (lab) => solve(lab, await stepDefinition(lab.image, how), entitlements));

const container = (how: BuildContainer): Attempt => protocol((lab) => runInBuild(lab, how));

const NOT_ENTITLED = /^refused: granting entitlement (?:network\.host|security\.insecure) is not allowed/u;
const BY_OPTION = 'Docker allows this only where the engine’s options say so';

/** A container of a build with the id of one that runs, which must go on. */
const sameId = async (lab: Lab): Promise<string> => {
  const inspected = await lab.request({ method: 'GET', path: `/containers/${CHECK_NAME}${RESIDENT}/json` });
  const id = /"Id":"([0-9a-f]{64})"/u.exec(inspected)?.[1] ?? '';
  const said = await runInBuild(lab, { id, script: 'echo started' });
  return `${said}; the other: ${await lab.exec(RESIDENT, 'echo goes on')}`;
};

const WORKING_DIRECTORIES = [6, 7, 8, 9].map((descriptor) => `/proc/self/fd/${descriptor}`);

/** Steps that begin in a directory that BuildKit or the runtime may have left open. */
const openDirectories = async (lab: Lab): Promise<string> => {
  const said: string[] = [];
  for (const workingDirectory of WORKING_DIRECTORIES) {
    const script = judging('test -e ../../../../../../../etc/debian_version');
    said.push(await solve(lab, await stepDefinition(lab.image, { script, workingDirectory })));
  }
  return said.join('; ');
};

export const BUILD_PROTOCOL: readonly Attack[] = [
  {
    id: '34 grpc',
    title: 'a mount of a part of an image, of a path that climbs out of it',
    attempt: step([], {
      script: judging('test -e /x/debian_version'),
      mounts: [{ selector: '../../../../../../../../etc', destination: '/x' }],
    }),
    outcome: 'neutralised',
    expected: isolated,
    harm,
    unharmed: 'BuildKit itself ends such a path at the root of the image',
  },
  {
    id: '70 grpc',
    title: 'a step’s working directory at /proc/self/fd/N (CVE-2024-21626)',
    attempt: protocol(openDirectories),
    outcome: 'refused',
    expected: /^refused: (?:(?!exit code: 4[12])[\s\S])*$/u,
    harm,
    unharmed: 'closed in runc 1.1.12, which is older than the VM’s',
  },
  {
    id: '74 grpc',
    title: 'a process of the client’s own with security.insecure, without asking for it (CVE-2024-23653)',
    attempt: container({ script: UNMAPPED, security: INSECURE }),
    outcome: 'refused',
    expected: /^refused: .*security\.insecure is not allowed/u,
    harm,
    unharmed: 'closed in BuildKit 0.12.5, which is older than the VM’s',
  },
  {
    id: '86 grpc',
    title: 'a step',
    attempt: step([], { script: UNMAPPED }),
    outcome: 'neutralised',
    expected: isolated,
    harm,
  },
  {
    id: '86 grpc network',
    title: 'a step on the VM’s network, with --allow network.host',
    attempt: step(['network.host'], { script: SEES_THE_VM, network: HOST_NETWORK }),
    outcome: 'refused',
    expected: NOT_ENTITLED,
    harm,
  },
  {
    id: '86 grpc unasked',
    title: 'a step on the VM’s network, without asking for it',
    attempt: step([], { script: SEES_THE_VM, network: HOST_NETWORK }),
    outcome: 'refused',
    expected: /^refused: .*network\.host is not allowed/u,
    harm,
    unharmed: 'Docker allows it to a step only when the whole build asks for it',
  },
  {
    id: '86 grpc insecure',
    title: 'a step with --allow security.insecure',
    attempt: step(['security.insecure'], { script: UNMAPPED, security: INSECURE }),
    outcome: 'refused',
    expected: NOT_ENTITLED,
    harm,
    unharmed: BY_OPTION,
  },
  {
    id: '86 grpc process',
    title: 'a process of the client’s own in a build',
    attempt: container({ script: UNMAPPED }),
    outcome: 'neutralised',
    expected: isolated,
    harm,
  },
  {
    id: '86 grpc process network',
    title: 'a process of the client’s own on the VM’s network, with --allow network.host',
    attempt: container({ script: SEES_THE_VM, network: HOST_NETWORK, entitlements: ['network.host'] }),
    outcome: 'refused',
    expected: NOT_ENTITLED,
    harm,
  },
  {
    id: '86 grpc path',
    title: 'a container of a build with an id that is a path out of BuildKit’s directory',
    attempt: container({ script: UNMAPPED, id: '../../../../../run/check' }),
    outcome: 'refused',
    expected: /^refused: .*invalid container id/u,
    harm: /exit code: 4[12]/u,
    unharmed: 'the engine itself takes only letters and numbers',
  },
  {
    id: '86 grpc id',
    title: 'a container of a build with the id of a container that runs',
    attempt: protocol(sameId),
    outcome: 'refused',
    expected: /^refused: a container with the id [0-9a-f]{64} exists[\s\S]*; the other: ran: goes on$/u,
    harm: /; the other: (?!ran: goes on$)/u,
    unharmed: 'without isolation the two have nothing in common',
  },
];
