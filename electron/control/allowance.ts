/**
 * A token bucket: `burst` requests at once, refilled at `perSecond`. `now` is in milliseconds and must not go back.
 */
export function allowance(burst: number, perSecond: number, now: () => number): () => boolean {
  let tokens = burst;
  let last = now();
  return () => {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - last) / 1000) * perSecond);
    last = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
