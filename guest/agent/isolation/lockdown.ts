import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SEAL = '/bulkhead/seal';
const SETTINGS = '/bulkhead/sysctl.conf';
/** Under emulation the modules take most of a minute on a busy machine; one that takes longer hangs. */
const SEAL_DEADLINE_MS = 300_000;

/** A kernel setting as sysctl.conf(5) has it. */
export interface KernelSetting {
  readonly name: string;
  readonly value: string;
}

const withoutSpaces = (value: string): string => value.trim().split(/\s+/u).join(' ');

/** Reads the settings of a sysctl.conf. */
export const parseSettings = (text: string): readonly KernelSetting[] =>
  text.split('\n').flatMap((line) => {
    const equals = line.indexOf('=');
    if (line.startsWith('#') || equals < 0) return [];
    return [{ name: line.slice(0, equals).trim(), value: withoutSpaces(line.slice(equals + 1)) }];
  });

/** Those that do not hold, with what was found instead. `read` gives the content of a file below /proc/sys, or null. */
export const brokenSettings = (
  settings: readonly KernelSetting[],
  read: (file: string) => string | null,
): readonly string[] =>
  settings.flatMap(({ name, value }) => {
    const found = read(path.join('/proc/sys', name.replaceAll('.', '/')));
    if (found !== null && withoutSpaces(found) === value) return [];
    return [`${name} is ${found === null ? 'not there' : withoutSpaces(found)} instead of ${value}`];
  });

const readOrNull = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

/**
 * Closes the kernel of the VM and reads back that it is closed: every setting holds, no module can be loaded any more, and
 * the lockdown is on (guest/image/seal). Rejects otherwise; such a VM must not run a container.
 */
export const sealKernel = async (log: (line: string) => void): Promise<void> => {
  await run(SEAL, { env: { PATH: '/bulkhead/bin:/usr/sbin:/usr/bin' }, timeout: SEAL_DEADLINE_MS });
  const settings = [...parseSettings(readFileSync(SETTINGS, 'utf8')), { name: 'kernel.modules_disabled', value: '1' }];
  const broken = brokenSettings(settings, readOrNull);
  if (broken.length > 0) throw new Error(`the kernel of the VM is not as it must be: ${broken.join('; ')}`);
  log(`the kernel is closed: ${settings.length} settings hold, no module can be loaded, lockdown is integrity`);
};
