import { exposeDockerApi } from './docker/expose.ts';
import type { DockerSocket } from './docker/socket.ts';
import { textOf } from './failure.ts';
import { openPorts, type PublishedPorts } from './ports/ports.ts';
import { agentOf, type RunningVm } from './session.ts';

export interface HostDoorsOptions {
  /** The port of the host's loopback for `exposeDockerApi`; Docker's own where it is not given. */
  readonly dockerApiPort: number | undefined;
  /** Whether this is still the VM that runs. */
  readonly isCurrent: (running: RunningVm) => boolean;
  /** Called when a VM's warnings have changed. */
  readonly onWarnings: () => void;
  readonly log: (text: string) => void;
}

/** What the host's programs reach of the VM: the Docker socket, the API's port, and what containers publish. */
export interface HostDoors {
  readonly open: (socket: DockerSocket, running: RunningVm) => void;
  /** Docker clients are told `reason` from now on. */
  readonly shut: (socket: DockerSocket, reason: string) => void;
  readonly close: () => Promise<void>;
}

export const createHostDoors = ({ dockerApiPort, isCurrent, onWarnings, log }: HostDoorsOptions): HostDoors => {
  let ports: PublishedPorts | null = null;

  const expose = async (socket: DockerSocket, running: RunningVm) => {
    const warnings = await exposeDockerApi(socket, running.vm.config, dockerApiPort);
    // The VM may have gone meanwhile.
    if (!isCurrent(running)) return socket.conceal();
    for (const { message } of warnings) log(message);
    // Once each: a restart that is given up opens the doors of the VM that stays a second time.
    const others = running.warnings.filter(({ message }) => warnings.every((warning) => warning.message !== message));
    running.warnings = [...others, ...warnings];
    onWarnings();
  };

  const close = async () => {
    const open = ports;
    ports = null;
    await open?.close();
  };

  return {
    open: (socket, running) => {
      const { connect } = agentOf(running);
      socket.open(() => connect('docker'));
      void expose(socket, running);
      ports ??= openPorts({
        connect,
        binding: running.vm.config.portBinding,
        onWarnings: (warnings) => {
          running.portWarnings = warnings;
          onWarnings();
        },
        log,
      });
    },
    shut: (socket, reason) => {
      socket.shut(reason);
      socket.conceal();
      close().catch((error: unknown) => log(`the published ports were not closed: ${textOf(error)}`));
    },
    close,
  };
};
