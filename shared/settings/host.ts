/** What this computer is, as far as a setting depends on it. */
export interface HostFacts {
  /** The user's home directory, for `$HOME`. */
  readonly home: string;
  /** The user's temporary directory, for `$TMP` and `$TEMP`. */
  readonly temporary: string;
  /** Logical processors. */
  readonly cpus: number;
  /** All of its memory. */
  readonly memoryMiB: number;
  /**
   * Where a path really leads, through all links; null where nothing is there. Without it a path is taken for what it
   * says.
   */
  readonly realPath?: (path: string) => string | null;
}
