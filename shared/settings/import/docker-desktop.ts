import type { SettingKey } from '../../contract/settings.ts';
import { catalog, settingKeys } from '../catalog.ts';
import { checkDaemonOptions } from '../daemon-options.ts';
import { expectation } from '../expectation.ts';
import { foldCase } from '../names.ts';
import { describeValue } from '../quote.ts';

/** What becomes of one key of Docker Desktop's own settings. */
export type ImportStep =
  | { readonly kind: 'take'; readonly from: string; readonly key: SettingKey; readonly value: unknown }
  /** The key is for a feature that Bulkhead does not have. */
  | { readonly kind: 'notApplicable'; readonly from: string; readonly reason: string }
  /** Bulkhead has the setting, but not this value. */
  | { readonly kind: 'refuse'; readonly from: string; readonly reason: string };

/** Keys of settings-store.json, which are those of the older settings.json in another case, and what they are here. */
const KEYS: Readonly<Record<string, SettingKey>> = {
  EnhancedContainerIsolation: 'enhancedContainerIsolation',
  ECIDockerSocketImgList: 'dockerSocketImages',
  ECIDockerSocketAllowDerivedImages: 'dockerSocketAllowDerivedImages',
  ECIDockerSocketCmdList: 'dockerSocketCommands',
  ECIDockerSocketCmdListType: 'dockerSocketCommandListType',
  ThemeSource: 'theme',
  ExposeDockerAPIOnTCP2375: 'exposeDockerAPIOnTCP2375',
  BlockDockerLoad: 'blockDockerLoad',
  Cpus: 'cpus',
  MemoryMiB: 'memoryMiB',
  SwapMiB: 'swapMiB',
  DiskSizeMiB: 'diskSizeMiB',
  FilesharingDirectories: 'sharedDirectories',
  ProxyHTTPMode: 'proxyMode',
  OverrideProxyHTTP: 'proxyHttp',
  OverrideProxyHTTPS: 'proxyHttps',
  OverrideProxyExclude: 'proxyExclude',
  ContainersProxyHTTPMode: 'containersProxyMode',
  ContainersOverrideProxyHTTP: 'containersProxyHttp',
  ContainersOverrideProxyHTTPS: 'containersProxyHttps',
  ContainersOverrideProxyExclude: 'containersProxyExclude',
  DefaultNetworkingMode: 'defaultNetworkingMode',
  PortBindingBehavior: 'portBindingBehavior',
  DisableUpdate: 'disableUpdate',
  DisplayedOnboarding: 'displayedOnboarding',
  ShowGeneralNotifications: 'notifyEngineStatus',
};
const BY_FOLDED_NAME = new Map(Object.entries(KEYS).map(([name, key]) => [foldCase(name), key]));

const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    SettingsVersion: 'it counts the versions of that file',
    LicenseTermsVersion: 'it is about the terms of Docker Desktop',
    AnalyticsEnabled: 'Bulkhead sends no statistics',
    AutoStart: 'Bulkhead does not start by itself when you sign in',
  }).map(([name, reason]) => [foldCase(name), reason]),
);

/**
 * What to take over of the settings that a user has in Docker Desktop, in the order in which it is to be tried: the
 * isolation first, since other settings depend on it. Values are checked against the catalog, and nothing else: whether
 * the policy allows them is for the door to say.
 */
export function stepsFromStore(store: Readonly<Record<string, unknown>>): readonly ImportStep[] {
  const steps = Object.entries(store).map(([from, value]) => stepFor(from, value));
  const taken = settingKeys.flatMap((key) => steps.filter((step) => step.kind === 'take' && step.key === key));
  return [...taken, ...steps.filter(({ kind }) => kind !== 'take')];
}

function stepFor(from: string, value: unknown): ImportStep {
  const folded = foldCase(from);
  const key = BY_FOLDED_NAME.get(folded);
  if (key === undefined) {
    return { kind: 'notApplicable', from, reason: REASONS.get(folded) ?? 'Bulkhead has no such setting' };
  }
  const parsed = catalog[key].schema.safeParse(value);
  return parsed.success
    ? { kind: 'take', from, key, value: parsed.data }
    : {
        kind: 'refuse',
        from,
        reason: `${describeValue(value)} is no value here: expected ${expectation(parsed.error)}`,
      };
}

/** Docker Engine's own file, ~/.docker/daemon.json: attributes that Bulkhead does not give to the engine are left out, each with its reason. */
export function stepsFromDaemonFile(text: string): readonly ImportStep[] {
  const checked = checkDaemonOptions(text);
  if (checked.ok) return takeOptions(text);
  const refused: readonly ImportStep[] = checked.problems.map(({ attribute, message }) => ({
    kind: 'refuse',
    from: attribute === null ? 'daemon.json' : `daemon.json: ${attribute}`,
    reason: message,
  }));
  if (checked.problems.some(({ attribute }) => attribute === null)) return refused;
  const parsed: unknown = JSON.parse(text);
  const left = Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}).filter(
    ([name]) => !checked.problems.some(({ attribute }) => attribute === name),
  );
  return [...takeOptions(JSON.stringify(Object.fromEntries(left), null, 2)), ...refused];
}

const takeOptions = (text: string): readonly ImportStep[] =>
  text.replaceAll(/\s/gu, '') === '{}'
    ? []
    : [{ kind: 'take', from: 'daemon.json', key: 'dockerDaemonOptions', value: text }];
