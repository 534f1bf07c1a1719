import { invalidSpec } from './denied.ts';
import type { Hooks } from './spec-schema.ts';

const PROGRAM_OF_PROCESS = /^\/proc\/([1-9]\d{0,9})\/exe$/;
/** Docker names the sandbox and its network controller; both are hex or base32. */
const ID = /^[a-z0-9]{1,128}$/;

/**
 * Hooks run as root of the VM. The only one that may is dockerd's own, which connects the network
 * (moby, daemon/oci_linux.go and builder/builder-next/executor_linux.go); `isEngine` tells whether a process is dockerd.
 * Any other throws Denied.
 */
export const hooksFor = (given: Hooks | null, isEngine: (pid: number) => boolean): Hooks => {
  const { prestart, ...others } = given ?? {};
  const [name] = Object.entries(others).find(([, list]) => (list ?? []).length > 0) ?? [];
  if (name !== undefined) throw invalidSpec(`hooks.${name}: programs of the VM cannot be run for a container`);
  return {
    prestart: (prestart ?? []).map((hook) => {
      const pid = PROGRAM_OF_PROCESS.exec(hook.path)?.[1];
      const [program, root, sandbox, controller, ...more] = hook.args ?? [];
      const isNetwork =
        pid !== undefined &&
        program === 'libnetwork-setkey' &&
        /^-exec-root=\/[\w./-]*$/.test(root ?? '') &&
        ID.test(sandbox ?? '') &&
        ID.test(controller ?? '') &&
        more.length === 0 &&
        (hook.env ?? []).length === 0;
      if (!isNetwork || !isEngine(Number(pid))) {
        throw invalidSpec(`hooks.prestart: ${hook.path} cannot be run for a container`);
      }
      return { path: hook.path, args: [...(hook.args ?? [])] };
    }),
  };
};
