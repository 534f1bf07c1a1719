import type { IpcMethod } from '../../shared/contract/app.ts';

/** The IPC channel of a method. The prefix keeps them apart from Electron's own. */
export const channelOf = <M extends IpcMethod>(method: M): `bulkhead:${M}` => `bulkhead:${method}`;

/** Main to window only: an AppSnapshot after every change. */
export const SNAPSHOT_CHANNEL = 'bulkhead:snapshot';
