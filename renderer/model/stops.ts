/** More places than this on a slider can't be hit any more. */
const MOST_EVEN_STOPS = 64;

/**
 * The values that a slider offers, ascending, both limits among them: every step where these are few, and otherwise four
 * for each doubling, so that both a small and a large value can be hit.
 */
export function sliderStops(minimum: number, maximum: number, step: number): readonly number[] {
  const stops = new Set([minimum, maximum]);
  if ((maximum - minimum) / step <= MOST_EVEN_STOPS) {
    for (let value = minimum; value < maximum; value += step) stops.add(value);
  } else {
    for (let octave = step; octave < maximum; octave *= 2) {
      for (const part of [1, 1.25, 1.5, 1.75]) {
        const value = Math.round((octave * part) / step) * step;
        if (value > minimum && value < maximum) stops.add(value);
      }
    }
  }
  return [...stops].toSorted((a, b) => a - b);
}

/** The place of the stop that is nearest to `value`. */
export function nearestStop(stops: readonly number[], value: number): number {
  let nearest = 0;
  for (const [index, stop] of stops.entries()) {
    if (Math.abs(stop - value) < Math.abs((stops[nearest] ?? 0) - value)) nearest = index;
  }
  return nearest;
}
