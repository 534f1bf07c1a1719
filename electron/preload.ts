import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import type { AppSnapshot, BulkheadApi } from '../shared/contract/app.ts';
import { channelOf, SNAPSHOT_CHANNEL } from './bridge/channels.ts';

/** Everything that the page gets: these functions, by name. The event object and the channels stay here. */
const api: BulkheadApi = {
  getSnapshot: () => ipcRenderer.invoke(channelOf('getSnapshot')),
  onSnapshot: (listener) => {
    const forward = (_event: IpcRendererEvent, snapshot: AppSnapshot): void => listener(snapshot);
    ipcRenderer.on(SNAPSHOT_CHANNEL, forward);
    return () => {
      ipcRenderer.removeListener(SNAPSHOT_CHANNEL, forward);
    };
  },
  applySettings: (patch, options) => ipcRenderer.invoke(channelOf('applySettings'), patch, options),
  resetSettings: (keys) => ipcRenderer.invoke(channelOf('resetSettings'), keys),
  startEngine: () => ipcRenderer.invoke(channelOf('startEngine')),
  stopEngine: () => ipcRenderer.invoke(channelOf('stopEngine')),
  restartEngine: () => ipcRenderer.invoke(channelOf('restartEngine')),
  cancelOperation: () => ipcRenderer.invoke(channelOf('cancelOperation')),
  verify: () => ipcRenderer.invoke(channelOf('verify')),
  deepVerify: () => ipcRenderer.invoke(channelOf('deepVerify')),
  listContainers: () => ipcRenderer.invoke(channelOf('listContainers')),
  readLog: () => ipcRenderer.invoke(channelOf('readLog')),
  dismissNotice: (id) => ipcRenderer.invoke(channelOf('dismissNotice'), id),
  quitAndRelaunch: () => ipcRenderer.invoke(channelOf('quitAndRelaunch')),
  checkForUpdates: () => ipcRenderer.invoke(channelOf('checkForUpdates')),
  openRelease: () => ipcRenderer.invoke(channelOf('openRelease')),
  dismissIntroduction: () => ipcRenderer.invoke(channelOf('dismissIntroduction')),
};

contextBridge.exposeInMainWorld('bulkhead', api);
