/** A limit of a process: bigint where it is too large for a number. */
export type Limit = number | bigint;

/** RLIM_INFINITY, prlimit(2). */
export const UNLIMITED = 18_446_744_073_709_551_615n;

/** The words of proc_pid_limits(5) for what OCI names after setrlimit(2). */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['Max cpu time', 'RLIMIT_CPU'],
  ['Max file size', 'RLIMIT_FSIZE'],
  ['Max data size', 'RLIMIT_DATA'],
  ['Max stack size', 'RLIMIT_STACK'],
  ['Max core file size', 'RLIMIT_CORE'],
  ['Max resident set', 'RLIMIT_RSS'],
  ['Max processes', 'RLIMIT_NPROC'],
  ['Max open files', 'RLIMIT_NOFILE'],
  ['Max locked memory', 'RLIMIT_MEMLOCK'],
  ['Max address space', 'RLIMIT_AS'],
  ['Max file locks', 'RLIMIT_LOCKS'],
  ['Max pending signals', 'RLIMIT_SIGPENDING'],
  ['Max msgqueue size', 'RLIMIT_MSGQUEUE'],
  ['Max nice priority', 'RLIMIT_NICE'],
  ['Max realtime priority', 'RLIMIT_RTPRIO'],
  ['Max realtime timeout', 'RLIMIT_RTTIME'],
]);

/** The hard limits in /proc/PID/limits, by their OCI names. */
export const parseLimits = (text: string): ReadonlyMap<string, Limit> =>
  new Map(
    [...text.matchAll(/^(Max [a-z ]+?) +(?:\d+|unlimited) +(\d+|unlimited)\b/gm)].flatMap(([, words = '', hard]) => {
      const name = NAMES.get(words);
      return name === undefined ? [] : [[name, hard === 'unlimited' ? UNLIMITED : Number(hard)] as const];
    }),
  );
