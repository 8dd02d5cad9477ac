/** The axis of money: where it ends, how far apart its lines are, how amounts are written on it. In dollars. */
export interface Scale {
  readonly max: number;
  readonly step: number;
  format(dollars: number): string;
}

const linesMax = 5;
const niceSteps = [1, 2, 2.5, 5, 10, 20];

/** For drawing alone: sums are made of integers. */
export const toDollars = (nano: number) => nano / 1e9;

/** Few round amounts, the last of them no smaller than the most; `mostNano` is above 0. */
export function scaleOf(mostNano: number): Scale {
  const most = toDollars(mostNano);
  const size = 10 ** Math.floor(Math.log10(most / linesMax));
  const step = size * (niceSteps.find((nice) => most <= linesMax * nice * size * (1 + 1e-9)) ?? 20);
  const places = placesOf(step);
  return {
    max: Math.ceil(most / step - 1e-9) * step,
    step,
    format: (dollars) => (dollars === 0 ? '$0' : withCommas(dollars, places)),
  };
}

/** Whole dollars where all lines are whole, else cents, else as many decimals as the lines have. */
function placesOf(step: number): number {
  for (const places of [0, 2, 3, 4, 5, 6, 7, 8]) {
    const units = step * 10 ** places;
    if (units > 0.5 && Math.abs(units - Math.round(units)) < 1e-6) return places;
  }
  return 9;
}

/** How amounts are written over columns: all with the same decimals, fewer the larger the most is. */
export function amountsUpTo(mostNano: number): (nano: number) => string {
  const most = toDollars(mostNano);
  const places = most >= 1_000 ? 0 : most >= 1 ? 2 : most >= 0.1 ? 3 : 4;
  const least = 10 ** -places;
  return (nano) => {
    const dollars = toDollars(nano);
    return dollars > 0 && dollars < least / 2 ? `<${withCommas(least, places)}` : withCommas(dollars, places);
  };
}

/** `$12,000.50`. */
const withCommas = (dollars: number, places: number) =>
  `$${dollars.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places })}`;
