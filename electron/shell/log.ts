import { appendFileSync, chmodSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

type LogValue = string | number | boolean | null | undefined;

/** Where the app notes what it did. An event name is a constant; what varies goes into the fields. */
export interface Log {
  readonly info: (event: string, fields?: Readonly<Record<string, LogValue>>) => void;
  readonly warn: (event: string, fields?: Readonly<Record<string, LogValue>>) => void;
  readonly error: (event: string, fields?: Readonly<Record<string, LogValue>>) => void;
}

const LONGEST_FIELD = 2000;
const SECRET = /key|secret|token|password|credential/iu;

/**
 * A log of JSON lines that only its owner can read. Past `maxBytes` it moves to `<file>.1`, replacing the one before,
 * so that the two together stay below twice that. Fields whose names look like secrets are masked and long ones cut.
 * Writing is synchronous, so that the last line before a crash is there; a disk that refuses it does not stop the app.
 */
export function openLog(file: string, maxBytes = 1024 * 1024, now: () => Date = () => new Date()): Log {
  let size = 0;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    appendFileSync(file, '', { mode: 0o600 });
    chmodSync(file, 0o600);
    size = statSync(file).size;
  } catch {
    return silent;
  }

  const write = (level: string, event: string, fields: Readonly<Record<string, LogValue>> = {}): void => {
    const line = `${JSON.stringify({ at: now().toISOString(), level, event, ...Object.fromEntries(Object.entries(fields).map(cleaned)) })}\n`;
    const bytes = Buffer.byteLength(line);
    try {
      if (size > 0 && size + bytes > maxBytes) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, line, { mode: 0o600 });
      size += bytes;
    } catch {
      // A full or read-only disk must not take the engine's supervisor down with it.
    }
  };
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };
}

function cleaned([name, value]: [string, LogValue]): [string, LogValue] {
  if (SECRET.test(name)) return [name, '***'];
  if (typeof value === 'string' && value.length > LONGEST_FIELD) return [name, `${value.slice(0, LONGEST_FIELD)}…`];
  return [name, value];
}

const nothing = (): void => undefined;

/** A log that keeps nothing. */
export const silent: Log = { info: nothing, warn: nothing, error: nothing };
