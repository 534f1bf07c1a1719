import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { currentImageDirectory } from '../../guest/image/locate.ts';
import type { EngineOptions } from '../engine/options.ts';
import type { Places } from './places.ts';

const QEMU = 'qemu-system-x86_64';
/** Where packages put programs; a desktop session's PATH may lack the last ones. */
const USUAL = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** What the engine is told of this host. */
export const engineOptionsOf = (places: Places, searchPath: string): EngineOptions => ({
  qemu: findProgram(QEMU, searchPath),
  findImage: () => currentImageDirectory(places.cache),
  runtimeDirectory: places.runtime,
  dataDirectory: places.data,
  logDirectory: places.state,
  dockerConfigDirectory: places.dockerConfig,
});

/** The absolute path of a program; where there is none, the usual one, so that its absence is reported by that name. */
function findProgram(name: string, searchPath: string): string {
  const folders = [...searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder)), ...USUAL];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable) ?? path.join('/usr/bin', name);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
