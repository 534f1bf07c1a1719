/** The Electron version that package.json pins; another one at run time is a stand-in. Set by vite.main.config.ts. */
declare const ELECTRON_TARGET: string;
