/**
 * A duration for people: tenths below ten seconds, whole seconds below a minute, then minutes and seconds.
 * `ms` is in milliseconds; a negative value (two clocks that disagree) reads as zero.
 */
export function formatElapsed(ms: number): string {
  const tenths = Math.floor(Math.max(0, ms) / 100);
  if (tenths === 0) return '<0.1 s';
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.floor(tenths / 10);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** The same, for a figure that is still growing: whole seconds, so that it does not flicker. */
export function formatRunning(ms: number): string {
  return ms < 10_000 ? `${Math.floor(Math.max(0, ms) / 1000)} s` : formatElapsed(ms);
}

/** Milliseconds between an ISO 8601 time and `end` (epoch milliseconds); zero when the time cannot be read. */
export function millisecondsSince(startedAt: string, end: number): number {
  const start = Date.parse(startedAt);
  return Number.isNaN(start) ? 0 : Math.max(0, end - start);
}
