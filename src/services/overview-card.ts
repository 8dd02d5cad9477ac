import type { Card, CardBlock } from '../chat/card.ts';
import type { Forecast } from '../core/forecast.ts';
import { briefUsd } from '../core/money.ts';
import type { CrewOverview, Overview } from './overview.ts';
import { apart, datesOf } from './spend.ts';

const usd = (nano: number) => briefUsd(BigInt(nano));

const titles = { today: 'today', week: 'this week', month: 'this month' } as const;

const fieldOf = (crew: CrewOverview) => ({ name: crew.name, value: crewLine(crew) });

/** What a window has come to so far. */
export function overviewCard(overview: Overview): Card {
  const { channel, window, limitNano, costNano, uncertainNano, crews, chart, calls, zone } = overview;
  const body: CardBlock[] =
    calls === 0 && chart === null
      ? [{ type: 'text', text: 'Nothing was called.' }]
      : [
          ...(chart === null ? [] : [{ type: 'chart', chart } as const]),
          ...(crews.length === 0 ? [] : [{ type: 'fields', fields: crews.map(fieldOf) } as const]),
        ];
  const against = changeSaid(costNano, overview.beforeNano);
  return {
    v: 1,
    title: `${channel === null ? 'Spend' : `#${channel}`} · ${titles[window]}`,
    tone: limitNano !== null && costNano + uncertainNano > limitNano ? 'bad' : 'neutral',
    status: [
      `${usd(costNano)}${limitNano === null ? '' : ` of ${usd(limitNano)}`}`,
      ...(overview.forecast === null ? [] : [`forecast ${rangeSaid(overview.forecast)}`]),
    ].join(' · '),
    body,
    actions: [],
    foot: [
      ...(against === '' ? [] : [comparison(against, overview.beforeName)]),
      ...apart(overview),
      `${calls} ${calls === 1 ? 'call' : 'calls'}`,
      `${datesOf(overview)}, ${zone}`,
    ].join(' · '),
  };
}

function comparison(change: string, before: string): string {
  if (change === 'new')
    return `nothing ${before === 'last week' || before === 'yesterday' ? '' : 'in '}${before} by now`;
  return change === 'as before' ? `as ${before} by now` : `${change} against ${before} by now`;
}

function crewLine(crew: CrewOverview): string {
  const { costNano, runs, beforeNano, decided } = crew;
  return [
    usd(costNano),
    `${Math.round(crew.share)} %`,
    `${runs} ${runs === 1 ? 'run' : 'runs'}`,
    ...(runs > 0 && costNano > 0 ? [`${usd(Math.round(costNano / runs))} each`] : []),
    ...[changeSaid(costNano, beforeNano)].filter((said) => said !== ''),
    ...(decided > 0 ? [`approved at first press ${Math.round((100 * crew.approvedFirst) / decided)} %`] : []),
    ...apart(crew),
  ].join(' · ');
}

/** `▲ 2.1×`, `▲ 14 %`, `▼ 8 %`, `new`; '' where there is nothing to say. */
export function changeSaid(nowNano: number, beforeNano: number): string {
  if (beforeNano === 0) return nowNano === 0 ? '' : 'new';
  const ratio = nowNano / beforeNano;
  if (ratio >= 2) return `▲ ${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  if (percent === 0) return 'as before';
  return `${ratio > 1 ? '▲' : '▼'} ${percent} %`;
}

const nanoPerDollar = 1_000_000_000;

/** `$17–19`: as exact as a forecast is, and never narrower than it. */
export function rangeSaid({ lowNano, highNano }: Forecast): string {
  if (highNano < 10 * nanoPerDollar) {
    const [low, high] = [usd(lowNano), usd(highNano)];
    return low === high ? `about ${low}` : `${low}–${high.slice(1)}`;
  }
  const low = Math.floor(lowNano / nanoPerDollar);
  const high = Math.ceil(highNano / nanoPerDollar);
  return `$${low}–${high}`;
}
