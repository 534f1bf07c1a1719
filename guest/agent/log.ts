/** Writes a line to the VM's console, which the host keeps as a file. Never pass secrets. */
export const log = (line: string): void => {
  process.stdout.write(`bulkhead: ${line}\n`);
};
