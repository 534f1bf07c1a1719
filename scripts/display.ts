import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDaemon } from './daemon.ts';

const SCREEN = '1280x900x24';
const AUTHORIZATION = 'MIT-MAGIC-COOKIE-1';

/** An X server of our own, for machines without a display and for tests. */
export interface VirtualDisplay {
  /** What a client needs in its environment. */
  readonly env: { readonly DISPLAY: string; readonly XAUTHORITY: string };
  readonly stop: () => void;
}

/** Whether a program started from here could open a window. macOS and Windows always have a display. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return [process.env['DISPLAY'], process.env['WAYLAND_DISPLAY']].some((name) => name !== undefined && name !== '');
}

/**
 * Starts Xvfb, open to holders of a fresh cookie only.
 *
 * @param owner the user whose programs may connect, where it is not this process's own
 */
export async function virtualDisplay(owner?: { readonly uid: number; readonly gid: number }): Promise<VirtualDisplay> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bh-x-'));
  const authority = path.join(folder, 'authority');
  writeFileSync(authority, authorityEntry(randomBytes(16)), { mode: 0o600 });
  if (owner !== undefined) for (const target of [folder, authority]) chownSync(target, owner.uid, owner.gid);
  const args = ['-displayfd', '3', '-screen', '0', SCREEN, '-nolisten', 'tcp', '-auth', authority];
  const server = await startDaemon('Xvfb', args);
  return {
    env: { DISPLAY: `:${server.line}`, XAUTHORITY: authority },
    stop: () => {
      server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One entry of an Xauthority file for any host and any display (Xau library: FamilyWild, empty display number). */
function authorityEntry(cookie: Buffer): Buffer {
  const counted = (data: Buffer): readonly Buffer[] => [uint16(data.length), data];
  return Buffer.concat([
    uint16(0xff_ff),
    ...counted(Buffer.alloc(0)),
    ...counted(Buffer.alloc(0)),
    ...counted(Buffer.from(AUTHORIZATION)),
    ...counted(cookie),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
