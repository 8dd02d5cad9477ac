/** What a window has come to so far. Money in nano-dollars, times in UTC ms. */
export interface Pace {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly now: number;
  readonly spentNano: number;
  /** Of that, in the second half of the time that has passed. */
  readonly recentNano: number;
  /** The window before: up to the same moment, and from there to its end. */
  readonly before: { readonly untilNowNano: number; readonly restNano: number };
}

export interface Forecast {
  readonly lowNano: number;
  readonly highNano: number;
}

/** Less of a window than this says nothing about the rest of it. */
const partMin = 0.1;
/** How far the rest of the window before is stretched to fit this one. */
const stretch = [0.5, 2] as const;

/**
 * What the window will have come to at its end: between the least and the most that the pace so far, the pace of late and the rest of the
 * window before say. Null where none of them says anything, and where the window is over.
 */
export function forecastOf(pace: Pace): Forecast | null {
  const { from, to, now, spentNano, before } = pace;
  const passed = now - from;
  const left = to - now;
  if (left <= 0 || passed <= 0 || spentNano === 0) return null;
  const rests: number[] = [];
  if (passed >= partMin * (to - from)) {
    rests.push((spentNano / passed) * left, (pace.recentNano / (passed / 2)) * left);
  }
  if (before.untilNowNano > 0) {
    const ratio = spentNano / before.untilNowNano;
    rests.push(before.restNano * Math.min(stretch[1], Math.max(stretch[0], ratio)));
  }
  if (rests.length === 0) return null;
  return {
    lowNano: spentNano + Math.round(Math.min(...rests)),
    highNano: spentNano + Math.round(Math.max(...rests)),
  };
}
