import { z } from 'zod';
import { isNewer, parseVersion, type Version } from './version.ts';

/** A version that people can install, and the page that tells them how. */
export interface Release {
  readonly version: string;
  /** https, because it is handed to the user's browser. */
  readonly url: string;
}

/** GitHub's "Get the latest release" (REST API, releases/latest); only what is used of it. */
const FEED = z.object({
  tag_name: z.string().max(100),
  html_url: z.url({ protocol: /^https$/u }).max(2000),
  draft: z.boolean().default(false),
  prerelease: z.boolean().default(false),
});

/** What the feed's answer means for this version: a newer release or null. Throws where it makes no sense. */
export function newerRelease(answer: string, current: string): Release | null {
  const feed = FEED.parse(JSON.parse(answer));
  const latest = versionOf(feed.tag_name);
  if (feed.draft || feed.prerelease) return null;
  return isNewer(latest, versionOf(current)) ? { version: feed.tag_name.replace(/^v/u, ''), url: feed.html_url } : null;
}

function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new Error(`${JSON.stringify(text)} is no version`);
  return version;
}
