import { CrewsmithError } from '../src/errors.ts';
import type { Bare, Reading, Writing } from './house.ts';
import type { Resolved } from './index.ts';
import type { Context, Reply } from './port.ts';

export type Opened =
  | { readonly can: 'none'; readonly house: Bare }
  | { readonly can: 'read'; readonly house: Reading }
  | { readonly can: 'write'; readonly house: Writing };

/** Runs a command on a house that has what it needs. */
export async function carryOut(
  opened: Opened,
  rest: Omit<Context<Bare>, 'house'>,
  { spec, values }: Resolved,
): Promise<Reply> {
  const { house } = opened;
  if (spec.data === 'none') return await spec.run({ ...rest, house }, values);
  if (spec.data === 'read' && opened.can !== 'none')
    return await spec.run({ ...rest, house: opened.house }, values);
  if (spec.data === 'write' && opened.can === 'write')
    return await spec.run({ ...rest, house: opened.house }, values);
  throw new CrewsmithError('internal.impossible', { what: `${spec.name} without its database` });
}
