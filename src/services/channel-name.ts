import { surfacesOfName } from '../store/linked.ts';
import { findChannel } from '../store/people.ts';
import type { Tx } from '../store/port.ts';

/** `sales`, or `sales (slack)` where another surface of the workspace has a channel of that name, too; null: there is none. */
export async function channelName(tx: Tx, workspace: string, id: string): Promise<string | null> {
  const channel = await findChannel(tx, workspace, id);
  if (channel === undefined) return null;
  const isTwice = (await surfacesOfName(tx, workspace, channel.name)).length > 1;
  return isTwice ? `${channel.name} (${channel.surface})` : channel.name;
}
