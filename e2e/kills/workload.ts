import { type ContainerConfig, type Lab, Refused } from '../../shared/conformance/lab.ts';
import { ISOLATED_RUNTIME } from '../../shared/contract/engine.ts';
import { SEEN, SEEN_VOLUME } from './killer.ts';

/** Appends the mapping before anything else is done; `$SEEN` differs between containers. */
const WRITE_DOWN = 'read -r a b c </proc/self/uid_map; echo "$a $b $c" >>$SEEN/maps';

const BIND = `${SEEN_VOLUME}:${SEEN}`;

/** Containers whose making differs: in the VM's own mounts, in the network, in what the engine does by itself. */
const VARIETIES: readonly ContainerConfig[] = [
  { HostConfig: { NetworkMode: 'none', Binds: [BIND] } },
  { HostConfig: { Binds: [BIND], Tmpfs: { '/tmp': 'size=1m' } } },
  // A tmpfs with a volume inside is mounted in the VM itself for as long as the container starts.
  { Env: [`SEEN=/memory${SEEN}`], HostConfig: { Tmpfs: { '/memory': '' }, Binds: [`${SEEN_VOLUME}:/memory${SEEN}`] } },
  { HostConfig: { Privileged: true, NetworkMode: 'none', Binds: [BIND] } },
  { HostConfig: { RestartPolicy: { Name: 'always' }, NetworkMode: 'none', Binds: [BIND] } },
];

/** A container that is isolated although isolation is off, and that writes its mapping down at each start. */
export const isolatedContainer = (config: ContainerConfig): ContainerConfig => ({
  Env: [`SEEN=${SEEN}`],
  Cmd: ['sh', '-c', `${WRITE_DOWN}; exec sleep 1000000`],
  StopTimeout: 0,
  ...config,
  HostConfig: { Binds: [BIND], ...config.HostConfig, Runtime: ISOLATED_RUNTIME },
});

const oneOf = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(Math.random() * values.length)] ?? values[0];

export interface Workload {
  /** How many requests the engine carried out and refused; it may refuse what something was killed for. */
  readonly counts: { readonly done: number; readonly refused: number };
  /** Lets what is going on come to its end. Rejects when the engine did not answer. */
  readonly finish: () => Promise<void>;
}

/** Makes, uses and removes containers, so many at once, until `finish`; some are left behind. */
export const startWorkload = (lab: Lab, parallel: number): Workload => {
  const counts = { done: 0, refused: 0 };
  const end = new AbortController();
  let number = 0;

  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      counts.done += 1;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      counts.refused += 1;
    }
  };
  const post = (path: string, body?: unknown) =>
    attempt(async () => {
      const said = await lab.request({ method: 'POST', path, body });
      if (said.startsWith('refused: ')) throw new Refused(500, said);
    });

  const change = async (path: string): Promise<void> => {
    switch (oneOf(['restart', 'stop', 'kill', 'pause', 'leave'])) {
      case 'restart':
        return post(`${path}/restart?t=0`);
      case 'stop':
        await post(`${path}/stop?t=0`);
        return post(`${path}/start`);
      case 'kill':
        return post(`${path}/kill`);
      case 'pause':
        await post(`${path}/pause`);
        return post(`${path}/unpause`);
      default:
        return undefined;
    }
  };

  const useContainer = async (name: string): Promise<void> => {
    const [first, ...rest] = VARIETIES.map(isolatedContainer);
    const exec = () => attempt(() => lab.exec(name, WRITE_DOWN));
    await attempt(async () => {
      const id = await lab.create(name, oneOf([first ?? {}, ...rest]));
      await attempt(() => lab.start(name));
      await exec();
      await change(`/containers/${id}`);
      await exec();
    });
    if (oneOf([true, true, true, false])) await attempt(() => lab.remove(name));
  };

  const work = async (): Promise<void> => {
    while (!end.signal.aborted) {
      number += 1;
      await useContainer(`killed-${number}`);
    }
  };

  const workers = Promise.all(Array.from({ length: parallel }, work));
  // It is looked at in `finish`, and may have failed before.
  workers.catch(() => undefined);
  return {
    counts,
    finish: async () => {
      end.abort();
      await workers;
    },
  };
};
