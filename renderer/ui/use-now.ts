import { useEffect, useState } from 'react';

/** The time in epoch milliseconds, at most `interval` milliseconds old while `ticking`. */
export function useNow(ticking: boolean, interval: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [ticking, interval]);
  return now;
}
