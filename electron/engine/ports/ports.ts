import { isDeepStrictEqual } from 'node:util';
import { jsonFrame, readJsonFrame } from '../../../guest/agent/ports/frames.ts';
import type { EngineWarning } from '../../../shared/contract/engine.ts';
import type { PortReport, PublishedPort } from '../../../shared/contract/ports.ts';
import { portKey, portListSchema } from '../../../shared/engine/ports.ts';
import type { Connect } from '../agent/connection.ts';
import { pause } from '../deferred.ts';
import { textOf } from '../failure.ts';
import type { PortBinding } from '../port.ts';
import { adviceFor, hostAddresses, notAvailable } from './addresses.ts';
import { listen, type Listener } from './listen.ts';

export interface PortsOptions {
  readonly connect: Connect;
  readonly binding: PortBinding;
  /** Is told which published ports are not open on the host, at every change. */
  readonly onWarnings: (warnings: readonly EngineWarning[]) => void;
  readonly log: (text: string) => void;
}

/** The ports of the host that lead to containers. */
export interface PublishedPorts {
  /** Closes all of them, with their connections. */
  readonly close: () => Promise<void>;
}

/** Between two attempts to hear from the VM; they end with the VM. */
const PAUSE_MS = 1_000;

interface Wanted {
  readonly port: PublishedPort;
  readonly address: string;
  readonly optional: boolean;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : textOf(error);

/** What the host does not have, rather than what somebody else has. */
const isMissing = (code: string): boolean => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';

/** Keeps the host's open ports like the list of what Docker publishes in the VM, until it is closed. */
export const openPorts = ({ connect, binding, onWarnings, log }: PortsOptions): PublishedPorts => {
  const open = new Map<string, { readonly listener: Listener; readonly leadsTo: string }>();
  const ending = new AbortController();
  let shown: readonly EngineWarning[] = [];

  const close = async (key: string): Promise<void> => {
    const found = open.get(key);
    open.delete(key);
    await found?.listener.close();
  };

  const wantedOf = (ports: readonly PublishedPort[]): ReadonlyMap<string, readonly Wanted[]> => {
    const wanted = new Map<string, Wanted[]>();
    for (const port of ports) {
      for (const { address, optional } of hostAddresses(port, binding)) {
        const key = `${port.protocol} ${address} ${port.port}`;
        const others = wanted.get(key) ?? [];
        others.push({ port, address, optional });
        wanted.set(key, others);
      }
    }
    return wanted;
  };

  const reconcile = async (ports: readonly PublishedPort[]): Promise<PortReport['problems']> => {
    const wanted = wantedOf(ports);
    const problems: { port: PublishedPort; message: string }[] = [];
    const warnings: EngineWarning[] = [];
    const complain = (port: PublishedPort, address: string, code: string): void => {
      const message = notAvailable(port, address, code);
      problems.push({ port, message });
      warnings.push({ message: `${message}.`, remedy: adviceFor(code) });
    };
    for (const [key, { leadsTo }] of open) {
      const first = wanted.get(key)?.[0];
      if (first === undefined || portKey(first.port) !== leadsTo) await close(key);
    }
    for (const [key, [first, ...others]] of wanted) {
      if (first === undefined || ending.signal.aborted) continue;
      // Two containers ask for different addresses that the setting makes one.
      for (const { port, address } of others) complain(port, address, 'EADDRINUSE');
      if (open.has(key)) continue;
      try {
        open.set(key, {
          listener: await listen(connect, first.port, first.address),
          leadsTo: portKey(first.port),
        });
        log(`${key} of this computer leads to a container`);
      } catch (error) {
        const code = codeOf(error);
        if (!(first.optional && isMissing(code))) complain(first.port, first.address, code);
      }
    }
    const isShown = ({ message }: EngineWarning): boolean => shown.some((each) => each.message === message);
    for (const warning of warnings) if (!isShown(warning)) log(warning.message);
    if (!isDeepStrictEqual(warnings, shown)) onWarnings(warnings);
    shown = warnings;
    return problems;
  };

  const watch = async (): Promise<void> => {
    const stream = await connect('ports', ending.signal);
    const onAbort = (): void => {
      stream.destroy();
    };
    stream.on('error', onAbort);
    ending.signal.addEventListener('abort', onAbort, { once: true });
    try {
      ending.signal.throwIfAborted();
      stream.write(jsonFrame({ kind: 'watch' }));
      for (;;) {
        const list = await readJsonFrame(stream);
        if (list === null) return;
        const { version, ports } = portListSchema.parse(list);
        const problems = await reconcile(ports);
        stream.write(jsonFrame({ version, problems }));
      }
    } finally {
      ending.signal.removeEventListener('abort', onAbort);
      stream.destroy();
    }
  };

  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await watch();
      } catch (error) {
        if (!ending.signal.aborted) log(`the VM's published ports could not be read: ${textOf(error)}`);
      }
      await pause(PAUSE_MS, ending.signal).catch(() => undefined);
    }
    for (const key of open.keys()) await close(key);
  };

  const ended = follow();
  return {
    close: async () => {
      ending.abort();
      await ended;
    },
  };
};
