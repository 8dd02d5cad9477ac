import type { Rates } from '../core/money.ts';
import type { ProviderName } from './port.ts';
import { free, type PriceTable } from './price-table.ts';

/** A price table that may have to be read first. */
export interface Prices {
  /** As `PriceTable.rates`. */
  rates(provider: ProviderName, model: string, at: number): Rates | null | Promise<Rates | null>;
}

/** The table, imported when a model that costs something is first asked for: a start on the sandbox does without. */
export function pricesWhenNeeded(): Prices {
  let table: Promise<PriceTable> | null = null;
  return {
    async rates(provider, model, at) {
      if (provider === 'sandbox') return free;
      table ??= readTable().catch((error: unknown) => {
        // It may be there the next time.
        table = null;
        throw error;
      });
      return (await table).rates(provider, model, at);
    },
  };
}

async function readTable(): Promise<PriceTable> {
  const { loadPrices } = await import('./prices.ts');
  return loadPrices();
}
