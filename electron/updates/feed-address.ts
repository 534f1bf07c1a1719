interface Parts {
  /** From package.json; empty in a build that nobody publishes. */
  readonly built: string;
  /** BULKHEAD_UPDATE_FEED, which counts in a development build only: whoever starts an installed app must not choose. */
  readonly override: string | undefined;
  readonly development: boolean;
}

/** The address of the feed, null for none. An installed app asks over https only. */
export function feedAddress({ built, override, development }: Parts): string | null {
  const text = development ? (override ?? built) : built;
  if (!URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || (development && protocol === 'http:') ? href : null;
}
