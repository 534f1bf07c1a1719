import type { Settings } from '../settings/port.ts';
import { feedAddress } from '../updates/feed-address.ts';
import { feedClient } from '../updates/feed.ts';
import { updateMemory } from '../updates/memory.ts';
import { proxyChoice } from '../updates/proxy-choice.ts';
import { updateRefusal } from '../updates/refusal.ts';
import { createUpdates, type DailyUpdates } from '../updates/updates.ts';
import type { Places } from './places.ts';
import { environmentProxy } from './system-proxy.ts';

interface Parts {
  readonly settings: Settings;
  readonly places: Places;
  readonly version: string;
  readonly development: boolean;
}

/** Looks for newer versions as the settings in force allow it, and through the proxy that they name. */
export function openUpdates({ settings, places, version, development }: Parts): DailyUpdates {
  const override = process.env['BULKHEAD_UPDATE_FEED'];
  const url = feedAddress({ built: UPDATE_FEED, override, development });
  const proxy = () => proxyChoice(settings.effective(), environmentProxy(process.env));
  return createUpdates({
    fetchFeed: url === null ? null : feedClient({ url, version, proxy }),
    version,
    refusal: () => updateRefusal({ effective: settings.effective(), policy: settings.policy() }),
    onRefusalChange: (listener) => {
      settings.subscribe(listener);
    },
    memory: updateMemory(places.state),
    now: Date.now,
  });
}
