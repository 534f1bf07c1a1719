import path from 'node:path';
import { explainCode } from '../electron/settings/error-code.ts';
import { readRegularFile } from '../electron/settings/read-file.ts';
import { err, ok, type Failure, type Result } from '../shared/contract/result.ts';
import { decodeUtf8 } from '../shared/settings/policy/decode.ts';

/** Where the user's own files are on this system. */
export interface UserPlaces {
  readonly platform: string;
  readonly home: string;
  /** %APPDATA%, on Windows. */
  readonly appData: string | undefined;
}

const LARGEST_BYTES = 1024 * 1024;

/**
 * Where Docker Desktop keeps what its user has set, the newest first: settings-store.json since 4.35, settings.json
 * before. On macOS its manual names two folders.
 */
export function storePaths({ platform, home, appData }: UserPlaces): readonly string[] {
  const { paths, folders } = foldersOf(platform, home, appData);
  return ['settings-store.json', 'settings.json'].flatMap((name) => folders.map((folder) => paths.join(folder, name)));
}

function foldersOf(platform: string, home: string, appData: string | undefined) {
  if (platform === 'win32') {
    const roaming = appData ?? path.win32.join(home, 'AppData', 'Roaming');
    return { paths: path.win32, folders: [path.win32.join(roaming, 'Docker')] };
  }
  const inHome = (folder: string): string => path.posix.join(home, folder);
  return {
    paths: path.posix,
    folders:
      platform === 'darwin'
        ? [inHome('Library/Group Containers/group.com.docker'), inHome('Library/Application Support/Docker')]
        : [inHome('.docker/desktop')],
  };
}

/** The text of the first file that exists; null where none does. Fails with INVALID where one cannot be read. */
export function readFirst(paths: readonly string[]): Result<{ readonly path: string; readonly text: string } | null> {
  for (const each of paths) {
    const read = readRegularFile(each, LARGEST_BYTES, true);
    switch (read.kind) {
      case 'missing':
        break;
      case 'link':
        return err(unreadable(each, explainCode('ELOOP')));
      case 'failed':
        return err(unreadable(each, explainCode(read.code)));
      case 'notAFile':
        return err(unreadable(each, read.isDirectory ? 'it is a folder' : 'it is not a file'));
      case 'read': {
        if (read.bytes.length > LARGEST_BYTES) return err(unreadable(each, 'it is larger than 1 MiB'));
        const decoded = decodeUtf8(read.bytes);
        return 'text' in decoded ? ok({ path: each, text: decoded.text }) : err(unreadable(each, decoded.reason));
      }
    }
  }
  return ok(null);
}

/** The object that a JSON text holds. Fails with INVALID. */
export function objectIn(file: string, text: string): Result<Readonly<Record<string, unknown>>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? ok({ ...parsed })
      : err(unreadable(file, 'it holds no JSON object'));
  } catch (cause) {
    return err(unreadable(file, `it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`));
  }
}

const unreadable = (file: string, why: string): Failure => ({
  code: 'INVALID',
  message: `${file} could not be read: ${why}. Nothing was imported.`,
  remedy: 'Name another file: bulkhead settings import --from docker-desktop --file PATH',
});
