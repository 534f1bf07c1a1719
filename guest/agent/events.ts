import { appendFileSync } from 'node:fs';
import type { VmEvent } from '../../shared/contract/vm.ts';

/** Tells the host how far the VM is (second serial port, guest to host only). */
export const reportEvent = (event: VmEvent): void => {
  appendFileSync('/dev/ttyS1', `${JSON.stringify(event)}\n`);
};
