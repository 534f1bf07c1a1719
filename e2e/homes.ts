import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { giveToAppUser, makeHome } from './launch.ts';

/** A home in which the engine starts only when it is asked; with the real engine, without this, a VM boots. */
export function quietHome(): string {
  const home = makeHome();
  editSettingsFile(home, { schemaVersion: 1, startEngineOnLaunch: false });
  return home;
}

/** A home whose administrator's file holds `text`. */
export function homeWithPolicy(text: string): string {
  const home = makeHome();
  writePolicy(home, text);
  return home;
}

export const policyFileOf = (home: string): string => path.join(home, 'policy/admin-settings.json');
export const settingsFileOf = (home: string): string => path.join(home, 'config/settings.json');

/** Puts the file there as an administrator would: readable by all, writable by its owner. */
export function writePolicy(home: string, text: string, mode = 0o644): void {
  const file = policyFileOf(home);
  writeFileSync(file, text);
  chmodSync(file, mode);
}

export function removePolicy(home: string): void {
  rmSync(policyFileOf(home));
}

/** Writes the user's settings file as a person with an editor would. */
export function editSettingsFile(home: string, content: Readonly<Record<string, unknown>>): void {
  editFile(settingsFileOf(home), content);
  giveToAppUser(home);
}

/** Writes JSON into a file, whose directory need not be there. */
export function editFile(file: string, content: Readonly<Record<string, unknown>>): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(content));
}

export const ISOLATION_LOCKED_ON = JSON.stringify({
  configurationFileVersion: 2,
  enhancedContainerIsolation: { value: true, locked: true },
});
