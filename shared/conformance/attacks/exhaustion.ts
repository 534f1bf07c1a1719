import type { Attack } from '../attack.ts';
import { beside, type ContainerConfig, type Lab } from '../lab.ts';

const UNFILTERED: ContainerConfig = { HostConfig: { SecurityOpt: ['seccomp=unconfined'] } };
const UID_MAP = `read -r a b c </proc/self/uid_map; echo "$a $b $c"`;
const RANGE = 65_536;

/** What the kernel counts for a user of the VM, used up by one container and needed by another. */
const hoarded = (id: string, title: string, word: string, unharmed?: string): Attack => ({
  id: `93 ${id}`,
  title: `using up the VM’s ${title}, and another container that needs one`,
  attempt: {
    kind: 'api',
    door: 'docker run',
    // The same user in both, and not root, for whom the kernel has other limits.
    perform: (lab) =>
      beside(lab, 'hoard', UNFILTERED, async () => {
        const one = await lab.exec('hoard', `attack hoard ${word}`, { User: '1000' });
        const other = await lab.run(`attack take ${word}`, { ...UNFILTERED, User: '1000' });
        return `${one}; another: ${other}`;
      }),
  },
  outcome: 'neutralised',
  expected: /^ran: hoards until: .*; another: ran: took one$/u,
  harm: /; another: (?:refused|ran: took none)/u,
  ...(unharmed === undefined ? {} : { unharmed }),
});

/** The first ids in the VM of containers that said their uid_map, in rising order; null where one did not. */
const rangesIn = (maps: readonly string[]): readonly number[] | null => {
  const firsts = maps.map((map) => /^ran: 0 (\d+) \d+$/u.exec(map)?.[1]);
  return firsts.some((first) => first === undefined) ? null : firsts.map(Number).toSorted((a, b) => a - b);
};

const areDisjoint = (firsts: readonly number[]): boolean =>
  firsts.every((first, at) => at === 0 || first - (firsts[at - 1] ?? 0) >= RANGE);

const NO_NETWORK = { HostConfig: { NetworkMode: 'none' } };
const TOGETHER = 6;
const IN_TURN = 6;

/** Starts some containers at once, then others one after the other; no two that live at once may have an id in common. */
const startMany = async (lab: Lab): Promise<string> => {
  const names = Array.from({ length: TOGETHER }, (_, at) => `many-${at}`);
  try {
    for (const name of names) await lab.create(name, { Cmd: ['sleep', '100000'], ...NO_NETWORK });
    await Promise.all(names.map((name) => lab.start(name)));
    const living = await Promise.all(names.map((name) => lab.exec(name, UID_MAP)));
    const states = [living];
    for (let at = 0; at < IN_TURN; at += 1) states.push([...living, await lab.run(UID_MAP, NO_NETWORK)]);
    const ranges = states.map(rangesIn);
    if (ranges.includes(null)) return `no ranges: ${states.flat().join(', ')}`;
    return ranges.every((firsts) => firsts !== null && areDisjoint(firsts))
      ? 'ran: no id in common'
      : `ran: ids in common: ${living.join(', ')}`;
  } finally {
    for (const name of names) await lab.remove(name);
  }
};

/** Using up what containers share. */
export const EXHAUSTION: readonly Attack[] = [
  {
    id: '60',
    title: '--ulimit with more open files, locked memory and message queues than the machine has',
    attempt: {
      kind: 'api',
      door: 'docker run',
      perform: (lab) =>
        lab.run(
          'ulimit -Hn; sed -n "s/^Max \\(open files\\|locked memory\\|msgqueue size\\) */\\1: /p" /proc/self/limits',
          {
            HostConfig: {
              Ulimits: ['nofile', 'memlock', 'msgqueue'].map((Name) => ({
                Name,
                Soft: Number.MAX_SAFE_INTEGER,
                Hard: Number.MAX_SAFE_INTEGER,
              })),
            },
          },
        ),
    },
    outcome: 'neutralised',
    expected: /^ran: \d{4,7}\n/u,
    harm: /^ran: (?:\d{8,}|unlimited)\n/u,
    unharmed: 'the kernel gives nobody more open files than it has, and Docker refuses the start',
    safe: true,
  },
  {
    id: '92',
    title: 'ids in common, among containers started at once and in turn',
    attempt: { kind: 'api', door: 'docker run', perform: startMany },
    outcome: 'neutralised',
    expected: /^ran: no id in common$/u,
    harm: /^ran: ids in common/u,
  },
  hoarded('inotify', 'inotify instances', 'inotify'),
  hoarded(
    'namespaces',
    'user namespaces',
    'namespace',
    'under emulation half a minute does not suffice for the 65,536 that the VM has; where the processor is a real one it does',
  ),
  hoarded('keys', 'keys', 'key'),
  {
    id: '94',
    title: 'more processes than --pids-limit, and another container that starts',
    attempt: {
      kind: 'api',
      door: 'docker run',
      perform: (lab) =>
        beside(lab, 'breed', { HostConfig: { PidsLimit: 64, NetworkMode: 'none' } }, async () => {
          const one = await lab.exec('breed', 'attack breed 300 2>&1');
          return `${one}; another: ${await lab.run('echo started', NO_NETWORK)}`;
        }),
    },
    outcome: 'neutralised',
    expected: /^ran: after \d\d: .*; another: ran: started$/u,
    harm: /^ran: as many as it wanted|; another: refused/u,
    unharmed: 'the limit is Docker’s own and holds with isolation off too',
  },
];
