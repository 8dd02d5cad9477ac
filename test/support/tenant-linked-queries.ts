import * as linked from '../../src/store/linked.ts';
import type { Tx } from '../../src/store/port.ts';
import { rowFor } from './tenant-rows.ts';

/** Queries of what belongs together, asked by workspace `w` with the ids of `ws_a`. */
export const ofLinked: Record<string, (tx: Tx, w: string) => Promise<unknown>> = {
  voidLinkCodes: (tx, w) => linked.voidLinkCodes(tx, rowFor('link_codes', w)),
  endLinkCodes: linked.endLinkCodes,
  insertLinkCode: (tx, w) =>
    linked.insertLinkCode(tx, { ...rowFor('link_codes', w), id: 'new', code_hash: 'new' }),
  useLinkCode: (tx, w) => linked.useLinkCode(tx, rowFor('link_codes', w), 9),
  noteJoined: (tx, w) => linked.noteJoined(tx, rowFor('link_codes', w), '{}'),
  undoLinkCode: (tx, w) => linked.undoLinkCode(tx, w, 'code_a'),
  unmergeMember: (tx, w) => linked.unmergeMember(tx, w, 'member_a', 'member_b'),
  giveAccounts: (tx, w) => linked.giveAccounts(tx, w, ['account_a'], 'new_a'),
  endOpen: (tx, w) => linked.endOpen(tx, w, 'member_a', 9),
  lockLinkTries: (tx, w) => linked.lockLinkTries(tx, w, 'member_a'),
  putLinkTries: (tx, w) => linked.putLinkTries(tx, { ...rowFor('link_tries', w), tries: 9 }),
  markJoined: (tx, w) => linked.markJoined(tx, w, 'ws_c'),
  moveInstallations: (tx, w) => linked.moveInstallations(tx, w, 'ws_b'),
  moveChannels: (tx, w) => linked.moveChannels(tx, w, 'ws_b'),
  surfacesOfName: (tx, w) => linked.surfacesOfName(tx, w, 'name_a'),
  endRoles: linked.endRoles,
  endSchedules: (tx, w) => linked.endSchedules(tx, w, 9),
  endMembers: (tx, w) => linked.endMembers(tx, w, 9),
  mergedMembers: linked.mergedMembers,
  memberNow: async (tx, w) => (await linked.memberNow(tx, w, 'member_a')) !== 'member_a',
  moveAccounts: (tx, w) => linked.moveAccounts(tx, w, 'member_a', 'new_a'),
  mergeMember: (tx, w) => linked.mergeMember(tx, w, 'member_a', 'member_b', 9),
  moveBelongings: (tx, w) => linked.moveBelongings(tx, w, 'member_a', 'new_a'),
};
