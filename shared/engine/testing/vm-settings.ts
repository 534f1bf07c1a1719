import type { VmSettings } from '../../contract/vm.ts';

/** Settings of a VM for tests; each states the part that it is about. */
export const vmSettings = (parts: Partial<VmSettings> = {}): VmSettings => ({
  isolation: true,
  swapMiB: 0,
  daemonOptions: {},
  proxy: null,
  blockDockerLoad: false,
  ipv6: false,
  dockerSocket: { images: [], allowDerivedImages: false, commandListType: 'deny', commands: [] },
  sharedDirectories: [],
  ...parts,
});
