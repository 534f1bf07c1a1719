/**
 * Text from inside the VM, made fit for a log line and a window: no control characters, at most 500 characters. What
 * runs in the VM is not trusted to write what it likes on somebody's terminal.
 */
export const readable = (text: string): string => {
  // oxlint-disable-next-line no-control-regex
  const flat = text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]+/g, ' ').trim();
  return flat.length > 500 ? `${flat.slice(0, 499)}…` : flat;
};
