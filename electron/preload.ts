import { contextBridge } from 'electron';

contextBridge.exposeInMainWorld('bulkhead', {});
