import type { Attack, Attempt } from '../attack.ts';
import { build, buildAndRead, type Builder, type BuildOptions } from '../build.ts';
import type { Lab } from '../lab.ts';

const UID_MAP = `read -r a b c </proc/self/uid_map; echo "$a $b $c"`;
const DOOR: Readonly<Record<Builder, string>> = {
  legacy: 'docker build, legacy builder',
  buildKit: 'docker build, BuildKit',
};

const api = (builder: Builder, perform: (lab: Lab) => Promise<string>): Attempt => ({
  kind: 'api',
  door: DOOR[builder],
  perform,
});

/** What a build leaves at /results. */
const reading = (builder: Builder, options: (lab: Lab) => Omit<BuildOptions, 'builder'>): Attempt =>
  api(builder, (lab) => buildAndRead(lab, { builder, ...options(lab) }));

const cgroupParent = (builder: Builder): Attack => ({
  id: builder === 'legacy' ? '86 cgroup' : '86 cgroup BuildKit',
  title: 'docker build --cgroup-parent, to leave the engine’s control group',
  attempt: reading(builder, (lab) => ({
    lines: [`FROM ${lab.image}`, 'RUN grep ^0: /proc/self/cgroup >/results'],
    query: '&cgroupparent=/../..',
  })),
  outcome: 'neutralised',
  expected: /^refused: |^ran: 0::\/$/u,
  harm: null,
  unharmed: 'a build step cannot see where its group lies; the rule is tested on captured specifications',
});

const network = (builder: Builder): Attack => ({
  id: builder === 'legacy' ? '86 network' : '86 network BuildKit',
  title: 'docker build --network=host',
  attempt: reading(builder, (lab) => ({
    lines: [`FROM ${lab.image}`, 'RUN ip -o -4 addr show >/results'],
    query: '&networkmode=host',
  })),
  outcome: 'refused',
  expected: /a build cannot use the network of the VM|network\.host/u,
  // The VM's address, and the bridge that Docker makes in it.
  harm: /\b(?:10\.0\.2\.15|docker0)\b/u,
});

/** Makes a frontend of BuildKit, which is a program of an image that BuildKit runs, and lets it say by its status where it is. */
const frontend = async (lab: Lab): Promise<string> => {
  const tag = 'bulkhead-check/frontend:1';
  const program = `read -r a b c </proc/self/uid_map; test "$b" = 0 && exit 41; exit 42`;
  const made = await build(
    lab,
    { builder: 'legacy', lines: [`FROM ${lab.image}`, `ENTRYPOINT ${JSON.stringify(['sh', '-c', program])}`] },
    tag,
  );
  if (made.startsWith('refused')) return made;
  const said = await build(lab, { builder: 'buildKit', lines: [`# syntax=${tag}`, 'FROM scratch'] });
  await lab.request({ method: 'DELETE', path: `/images/${tag}?force=1` });
  return said;
};

/** The ways in which a build may get at the VM. */
export const BUILDS: readonly Attack[] = [
  {
    id: '34 link',
    title: 'RUN --mount from a stage, of a link to the VM’s /etc',
    attempt: reading('buildKit', (lab) => ({
      lines: [
        `FROM ${lab.image} AS other`,
        'RUN ln -s /etc /link',
        `FROM ${lab.image}`,
        'RUN --mount=type=bind,from=other,source=/link,target=/x ls /x >/results',
      ],
    })),
    outcome: 'neutralised',
    expected: /^refused: |^ran: (?![\s\S]*debian_version)[\s\S]*passwd/u,
    harm: /debian_version/u,
    unharmed: 'BuildKit itself looks links up inside the stage',
  },
  {
    id: '34 dots',
    title: 'RUN --mount from a stage, of a path that climbs out of it',
    attempt: reading('buildKit', (lab) => ({
      lines: [
        `FROM ${lab.image}`,
        `RUN --mount=type=bind,from=${lab.image},source=../../../../../etc,target=/x ls /x >/results`,
      ],
    })),
    outcome: 'neutralised',
    expected: /^refused: |^ran: (?![\s\S]*debian_version)[\s\S]*passwd/u,
    harm: /debian_version/u,
    unharmed: 'BuildKit itself ends such a path at the root of the stage',
  },
  {
    id: '74',
    title: 'RUN --mount of a link in a cache mount (CVE-2024-23651)',
    attempt: reading('buildKit', (lab) => ({
      lines: [
        `FROM ${lab.image} AS other`,
        'RUN --mount=type=cache,id=bulkhead-check-74,target=/c rm -rf /c/link; ln -s /etc /c/link',
        `FROM ${lab.image}`,
        'COPY --from=other /bin/true /after',
        'RUN --mount=type=cache,id=bulkhead-check-74,source=/link,target=/x ls /x >/results',
      ],
    })),
    outcome: 'neutralised',
    expected: /^refused: |^ran: (?![\s\S]*debian_version)/u,
    harm: /debian_version/u,
    unharmed: 'closed in BuildKit 0.12.5, which is older than the VM’s; the race for such a link takes many tries',
  },
  network('legacy'),
  network('buildKit'),
  {
    id: '86 step network',
    title: 'RUN --network=host',
    attempt: reading('buildKit', (lab) => ({
      lines: [`FROM ${lab.image}`, 'RUN --network=host ip -o -4 addr show >/results'],
    })),
    outcome: 'refused',
    expected: /^refused: .*network\.host is not allowed/u,
    harm: /\b10\.0\.2\.15\b/u,
    unharmed: 'Docker allows it to a step only when the whole build asks for it',
  },
  {
    id: '86 insecure',
    title: 'RUN --security=insecure',
    attempt: reading('buildKit', (lab) => ({
      lines: [`FROM ${lab.image}`, `RUN --security=insecure (${UID_MAP}) >/results`],
    })),
    outcome: 'refused',
    expected: /^refused: .*(?:unknown flag|security\.insecure)/u,
    harm: /^ran:/u,
    unharmed: 'Docker’s own frontend does not know the option',
  },
  {
    id: '86 syntax',
    title: '# syntax=, a frontend of one’s own, which BuildKit runs as a program',
    attempt: api('buildKit', frontend),
    outcome: 'neutralised',
    expected: /exit code: 42/u,
    harm: /exit code: 41/u,
  },
  {
    id: '86 output',
    title: 'docker build --output type=local, into a directory of the VM',
    attempt: api('buildKit', (lab) =>
      build(lab, {
        builder: 'buildKit',
        lines: [`FROM ${lab.image}`],
        query: `&outputs=${encodeURIComponent(JSON.stringify([{ Type: 'local', Attrs: { dest: '/run' } }]))}`,
      }),
    ),
    outcome: 'refused',
    expected: /^refused: /u,
    harm: /^ran:/u,
    unharmed: 'BuildKit gives such an output to the client, and here there is none that takes it',
  },
  cgroupParent('legacy'),
  cgroupParent('buildKit'),
];
