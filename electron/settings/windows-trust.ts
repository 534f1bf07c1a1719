import { execFileSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from './error-code.ts';

/** SYSTEM, Administrators, the built-in Administrator and TrustedInstaller, by SDDL alias or SID (Microsoft, "SID strings"). */
const ADMINISTRATORS: ReadonlySet<string> = new Set([
  'SY',
  'BA',
  'LA',
  'S-1-5-18',
  'S-1-5-32-544',
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
]);

/** The rights of SDDL by their two letters (Microsoft, "ACE strings") as bits of an access mask for files. */
const RIGHTS: ReadonlyMap<string, number> = new Map([
  ['GA', 0x1000_0000],
  ['GX', 0x2000_0000],
  ['GW', 0x4000_0000],
  ['GR', 0x8000_0000],
  ['RC', 0x2_0000],
  ['SD', 0x1_0000],
  ['WD', 0x4_0000],
  ['WO', 0x8_0000],
  ['FA', 0x1f_01ff],
  ['FR', 0x12_0089],
  ['FW', 0x12_0116],
  ['FX', 0x12_00a0],
  ['CC', 0x1],
  ['DC', 0x2],
  ['LC', 0x4],
  ['SW', 0x8],
  ['RP', 0x10],
  ['WP', 0x20],
  ['DT', 0x40],
  ['LO', 0x80],
  ['CR', 0x100],
]);

/** Write or append data, delete a child, delete, change the permissions or the owner, or everything. */
const WRITE = 0x2 | 0x4 | 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000 | 0x4000_0000;

const POWERSHELL = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
const TIMEOUT_MS = 20_000;

/** Why the file is not the administrator's alone, or null: it and its folder must be writable by administrators only. */
export function distrustAccessControl(file: string): string | null {
  for (const target of [path.dirname(file), file]) {
    try {
      if (lstatSync(target).isSymbolicLink()) return `${target} is a symbolic link; put the file itself at this path`;
      const problem = distrustDescriptor(readDescriptor(target));
      if (problem !== null) return `${target} ${problem}`;
    } catch (error) {
      return `The permissions of ${target} could not be read: ${errorCode(error)}`;
    }
  }
  return null;
}

/** Why a security descriptor in SDDL leaves room for others, or null. What cannot be parsed is not trusted. */
export function distrustDescriptor(sddl: string): string | null {
  const parts = /^O:(.+?)(?:G:(?:.+?))?D:([^()]*)((?:\([^()]*\))*)(?:S:.*)?$/su.exec(sddl.trim());
  const [, owner = '', flags = '', aces = ''] = parts ?? [];
  if (parts === null || flags.includes('NO_ACCESS_CONTROL')) {
    return 'has permissions that Bulkhead does not understand; give write access to administrators only';
  }
  if (!ADMINISTRATORS.has(owner)) {
    return `belongs to ${owner} and not to Administrators; change its owner`;
  }
  const writer = [...aces.matchAll(/\(([^()]*)\)/gu)]
    .map(([, ace = '']) => writerIn(ace))
    .find((found) => found !== null);
  return writer === undefined ? null : `can be changed by ${writer}; give write access to administrators only`;
}

/** Whom an access control entry lets write who is no administrator. Entries that only deny or are only inherited give nothing. */
function writerIn(ace: string): string | null {
  const [type = '', flags = '', rights = '', , , trustee = ''] = ace.split(';');
  const denies = type === 'D' || type === 'OD' || type === 'XD';
  const inheritOnly = /^(?:..)*IO/u.test(flags);
  if (denies || inheritOnly || ADMINISTRATORS.has(trustee)) return null;
  return (maskOf(rights) & WRITE) === 0 ? null : trustee;
}

/** All bits where the text is not understood. */
function maskOf(rights: string): number {
  if (/^0x[0-9a-f]+$/iu.test(rights)) return Number.parseInt(rights, 16);
  const bits = (rights.match(/.{1,2}/gu) ?? []).map((name) => RIGHTS.get(name) ?? ~0);
  return bits.reduce((mask, bit) => mask | bit, 0);
}

/** The path travels in the environment, so that nothing in it can be read as a command. */
function readDescriptor(target: string): string {
  const script = '(Get-Acl -LiteralPath $env:BULKHEAD_TARGET).Sddl';
  return execFileSync(POWERSHELL, ['-NoProfile', '-NonInteractive', '-Command', script], {
    encoding: 'utf8',
    env: { SystemRoot: 'C:\\Windows', BULKHEAD_TARGET: target },
    timeout: TIMEOUT_MS,
    windowsHide: true,
  });
}
