/** The Electron version that package.json pins; another one at run time is a stand-in. Set by vite.main.config.ts. */
declare const ELECTRON_TARGET: string;
/** The address of the feed of newer versions, package.json's bulkhead.updateFeed; empty for none. */
declare const UPDATE_FEED: string;
