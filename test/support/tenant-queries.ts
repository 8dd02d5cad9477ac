import * as attempts from '../../src/store/attempts.ts';
import * as audit from '../../src/store/audit.ts';
import * as budgets from '../../src/store/budgets.ts';
import { db } from '../../src/store/db.ts';
import * as digests from '../../src/store/digests.ts';
import * as gates from '../../src/store/gates.ts';
import * as installations from '../../src/store/installations.ts';
import * as jobs from '../../src/store/jobs.ts';
import * as keyLinks from '../../src/store/key-links.ts';
import * as keys from '../../src/store/keys.ts';
import * as ledger from '../../src/store/ledger.ts';
import * as linked from '../../src/store/linked.ts';
import * as outbox from '../../src/store/outbox.ts';
import * as overview from '../../src/store/overview.ts';
import * as people from '../../src/store/people.ts';
import type { Tx } from '../../src/store/port.ts';
import * as requests from '../../src/store/requests.ts';
import * as retention from '../../src/store/retention.ts';
import * as runs from '../../src/store/runs.ts';
import * as sealed from '../../src/store/sealed.ts';
import * as settings from '../../src/store/settings.ts';
import * as spend from '../../src/store/spend.ts';
import * as teamRoles from '../../src/store/team-roles.ts';
import * as verify from '../../src/store/verify.ts';
import { ofLinked } from './tenant-linked-queries.ts';
import { ofPage } from './tenant-page-queries.ts';
import { rowFor } from './tenant-rows.ts';

/**
 * What serves the process, not a tenant: the start takes up what every workspace has left, the sender and the queue work on the
 * rows that they have read themselves, and `meta` belongs to the database.
 */
export const ofTheProcess: readonly string[] = [
  // A token says itself whose it is.
  ...['sessionByToken', 'linkByToken'],
  ...['heldByOthers', 'unfinishedRuns', 'storedJobs', 'deleteJob'],
  ...['candidates', 'claim', 'findOutgoing', 'markSent', 'markAgain', 'markFailed', 'nextDue', 'limitDue'],
  ...['countDuplicatesPossible', 'readMeta', 'lockMeta', 'writeMeta', 'countUp'],
  ...[
    'countWorkspaces',
    'insertWorkspace',
    'workspaceBySlug',
    'countTeams',
    'workspaceOfTeam',
    'requestsLeftOver',
  ],
  // What is too old is that in every workspace.
  ...['runsToErase', 'deleteServed'],
  ...['installationOf', 'surfacesWithOwner', 'schedulesToDo', 'keyLinkByToken', 'linkCodeByHash'],
  // A token names rows, and is read anew for whoever has it.
  ...['insertMeant', 'meantBy', 'forgetMeant'],
  // A master key is one for all workspaces.
  ...['sealedVersions', 'sealedWorkspaces'],
];

/** What computes and asks nothing. */
export const noQuery: readonly string[] = ['scopesOf'];

/** Inserts that a foreign key refuses to a workspace other than that of the row they point at. */
export const refusedToOthers: readonly string[] = [
  ...['claimTurn', 'insertAccount', 'insertDecision', 'insertDocument', 'insertGate', 'insertKeyVersion'],
  ...['insertSources', 'insertSteps', 'putRole', 'insertKeyLink', 'putTeamRoles'],
  ...['insertSession', 'insertLink', 'insertLinkCode', 'putLinkTries'],
];

/** A query asked by workspace `w` with the ids of `ws_a`. */
type Case = (tx: Tx, w: string) => Promise<unknown>;

/** What `ws_a` needs beyond its rows for a query to find something. */
export const tenantStages: Readonly<Record<string, (tx: Tx) => Promise<unknown>>> = {
  setInstallationRemoved: (tx) =>
    db(tx).updateTable('installations').set({ removed_at: 9 }).where('id', '=', 'inst_a').execute(),
  mergedMembers: (tx) => linked.mergeMember(tx, 'ws_a', 'member_a', 'member_new', 9),
  memberNow: (tx) => linked.mergeMember(tx, 'ws_a', 'member_a', 'member_now_a', 9),
  undoLinkCode: (tx) => linked.useLinkCode(tx, rowFor('link_codes', 'ws_a'), 9),
  unmergeMember: (tx) => linked.mergeMember(tx, 'ws_a', 'member_a', 'member_b', 9),
  giveAccounts: (tx) => people.insertMember(tx, { ...rowFor('members', 'ws_a'), id: 'new_a' }),
  moveAccounts: (tx) => people.insertMember(tx, { ...rowFor('members', 'ws_a'), id: 'new_a' }),
  moveBelongings: (tx) => people.insertMember(tx, { ...rowFor('members', 'ws_a'), id: 'new_a' }),
  removeMember: (tx) => people.insertMember(tx, { ...rowFor('members', 'ws_a'), id: 'new_a' }),
  openRuns: (tx) => runs.updateRun(tx, rowFor('runs', 'ws_a'), { status: 'running', ended_at: null }),
  runInThread: (tx) =>
    runs.updateRun(tx, rowFor('runs', 'ws_a'), { status: 'running', ended_at: null, thread: 'thread_a' }),
  reviveFailedPost: (tx) => outbox.markFailed(tx, 'card_a', 'pending'),
  reviveIn: (tx) =>
    db(tx)
      .updateTable('outbox')
      .set({ state: 'failed', message: 'step:write:1', address: '{"channel":"C1","thread":null}' })
      .where('id', '=', 'card_a')
      .execute(),
  gatesClosed: (tx) => gates.updateGate(tx, rowFor('gates', 'ws_a'), { status: 'approved', closed_at: 5 }),
  runsWaiting: (tx) => runs.updateRun(tx, rowFor('runs', 'ws_a'), { status: 'waiting', waiting_for: 'key' }),
  runsWaitingFor: async (tx) => {
    await runs.updateRun(tx, rowFor('runs', 'ws_a'), { status: 'waiting', ended_at: null });
    await runs.updateStep(tx, rowFor('steps', 'ws_a'), { status: 'waiting', waiting_for: 'key' });
  },
  turnsPaidTwice: (tx) => attempts.endAttempt(tx, rowFor('attempts', 'ws_a'), { state: 'settled' }),
};

const period = (w: string) => ({
  ...rowFor('budget_periods', w),
  ...{ scope: '', window: 'week' as const, removed_at: null, set_at: 1, live_nano: 0 },
});
const post = (w: string) => rowFor('outbox', w);

const ofAttempts: Record<string, Case> = {
  claimTurn: (tx, w) => attempts.claimTurn(tx, { ...rowFor('attempts', w), id: 'new', turn: 2 }),
  endAttempt: (tx, w) => attempts.endAttempt(tx, rowFor('attempts', w), { state: 'settled' }),
  correctAttempt: (tx, w) => attempts.correctAttempt(tx, rowFor('attempts', w), { cost_nano: 1 }),
  attemptsOfRun: (tx, w) => attempts.attemptsOfRun(tx, w, 'run_a'),
  findAttempt: (tx, w) => attempts.findAttempt(tx, w, 'attempt_a'),
};

const ofAudit: Record<string, Case> = {
  insertAuditHead: async (tx, w) => {
    if (w === 'ws_b') await audit.insertAuditHead(tx, { workspace_id: w, seq: 0, mac: '' });
    return w === 'ws_b' ? null : 'it has one';
  },
  lockAuditHead: audit.lockAuditHead,
  findAuditHead: audit.findAuditHead,
  appendAudit: (tx, w) => audit.appendAudit(tx, { ...rowFor('audit', w), seq: 2, mac: 'next' }),
  auditAfter: (tx, w) => audit.auditAfter(tx, w, 0, 9),
  newestAudit: (tx, w) => audit.newestAudit(tx, w, 9),
  latestAuditAt: audit.latestAuditAt,
};

const ofBudgets: Record<string, Case> = {
  activeBudgets: (tx, w) => budgets.activeBudgets(tx, w, ['']),
  allBudgets: budgets.allBudgets,
  insertBudget: (tx, w) =>
    budgets.insertBudget(tx, { ...rowFor('budgets', w), id: 'new', scope: 'crew:new' }),
  removeBudget: (tx, w) => budgets.removeBudget(tx, w, 'budget_a', 1),
  lockPeriods: (tx, w) => budgets.lockPeriods(tx, w, ['period_a'], ['budget_a'], 1),
  lockPeriodsOfAttempt: (tx, w) =>
    budgets.lockPeriodsOfAttempt(tx, w, { id: 'attempt_a', heldAt: 1, scopes: [''] }),
  periodsAt: (tx, w) => budgets.periodsAt(tx, w, 1),
  insertPeriod: (tx, w) =>
    budgets.insertPeriod(tx, { ...rowFor('budget_periods', w), id: 'new', starts_at: 7 }),
  movePeriod: (tx, w) => budgets.movePeriod(tx, w, 'period_a', 1n, 1n),
  setPeriodLimit: (tx, w) => budgets.setPeriodLimit(tx, w, 'period_a', 1n),
  insertHolds: (tx, w) => budgets.insertHolds(tx, [{ ...rowFor('holds', w), attempt_id: 'new' }]),
  liveHolds: (tx, w) => budgets.liveHolds(tx, w, 'attempt_a'),
  releaseHolds: (tx, w) => budgets.releaseHolds(tx, w, 'attempt_a'),
  liveAttemptsIn: (tx, w) => budgets.liveAttemptsIn(tx, w, 'channel:channel_a', 0, null),
  newestCallAt: budgets.newestCallAt,
  spentIn: (tx, w) => budgets.spentIn(tx, w, 'channel:channel_a', 0, null),
  putWaiter: (tx, w) => budgets.putWaiter(tx, { ...rowFor('waiters', w), since: 9 }),
  removeWaiter: (tx, w) => budgets.removeWaiter(tx, w, 'run_a', 'gather'),
  removeWaitersOfRun: (tx, w) => budgets.removeWaitersOfRun(tx, w, 'run_a'),
  waitersOf: budgets.waitersOf,
};

const ofGates: Record<string, Case> = {
  insertGate: (tx, w) => gates.insertGate(tx, { ...rowFor('gates', w), id: 'new', step: 'other' }),
  updateGate: (tx, w) => gates.updateGate(tx, rowFor('gates', w), { status: 'approved' }),
  openGates: (tx, w) => gates.openGates(tx, w, 9),
  findGate: (tx, w) => gates.findGate(tx, w, 'gate_a'),
  gatesOfRun: (tx, w) => gates.gatesOfRun(tx, w, 'run_a'),
  insertDocument: (tx, w) => gates.insertDocument(tx, { ...rowFor('documents', w), id: 'new', draft: 2 }),
  documentOf: (tx, w) => gates.documentOf(tx, w, 'gate_a', 1),
  insertDecision: (tx, w) => gates.insertDecision(tx, { ...rowFor('decisions', w), id: 'new', draft: 2 }),
};

const ofKeys: Record<string, Case> = {
  insertKey: (tx, w) => keys.insertKey(tx, { ...rowFor('keys', w), id: 'new', label: 'new' }),
  insertKeyVersion: (tx, w) =>
    keys.insertKeyVersion(tx, { ...rowFor('key_versions', w), id: 'new', seq: 2, state: 'dead' }),
  liveKeys: keys.liveKeys,
  lockLiveKeys: keys.lockLiveKeys,
  versionsOf: (tx, w) => keys.versionsOf(tx, w, ['key_a']),
  versionsByFingerprint: (tx, w) => keys.versionsByFingerprint(tx, w, 'print_a'),
  findVersion: (tx, w) => keys.findVersion(tx, w, 'version_a'),
  updateKey: (tx, w) => keys.updateKey(tx, w, 'key_a', { base_url: 'http://elsewhere' }),
  drainVersions: (tx, w) => keys.drainVersions(tx, w, 'key_a', 9),
  killVersions: (tx, w) => keys.killVersions(tx, w, 'key_a', 9),
  isSeen: (tx, w) => keys.isSeen(tx, w, 'print_a'),
  markSeen: (tx, w) => keys.markSeen(tx, w, 'print_new', 9),
  forgetSeen: (tx, w) => keys.forgetSeen(tx, w, 'print_a'),
  spentByKey: (tx, w) => keys.spentByKey(tx, w, 0),
  insertKeyLink: (tx, w) =>
    keyLinks.insertKeyLink(tx, { ...rowFor('key_links', w), id: 'new', token_hash: 'new' }),
  findKeyLink: (tx, w) => keyLinks.findKeyLink(tx, w, 'link_a'),
  updateKeyLink: (tx, w) => keyLinks.updateKeyLink(tx, rowFor('key_links', w), { state: 'void' }),
  putSealedVersion: (tx, w) =>
    sealed.putSealedVersion(tx, w, 'version_a', { sealed: 'anew', master_id: 'master_new' }),
  putSealedWorkspace: (tx, w) =>
    sealed.putSealedWorkspace(tx, w, { audit_key: 'anew', fingerprint_key: 'anew' }),
  noteWorked: (tx, w) => keys.noteWorked(tx, w, 'version_a', 9),
};

const ofOutbox: Record<string, Case> = {
  insertPost: (tx, w) => outbox.insertPost(tx, { ...post(w), id: 'new', dedupe: 'new' }),
  reviveFailedPost: (tx, w) => outbox.reviveFailedPost(tx, { ...post(w), due_at: 9 }),
  countPosts: (tx, w) => outbox.countPosts(tx, w, 0),
  reviveIn: (tx, w) =>
    outbox.reviveIn(tx, { workspace: w, surface: post(w).surface, channel: 'C1', since: 0, now: 9 }),
  postsOf: (tx, w) => outbox.postsOf(tx, w, 'run_a', 'delivery:'),
  withdrawPosts: (tx, w) => outbox.withdrawPosts(tx, w, 'run_a', 'delivery:'),
  upsertEdit: (tx, w) => outbox.upsertEdit(tx, { ...post(w), id: 'new', kind: 'edit', due_at: 9 }, 9, 0),
};

const ofPeople: Record<string, Case> = {
  findWorkspace: people.findWorkspace,
  lockWorkspace: async (tx, w) => {
    await people.lockWorkspace(tx, w);
    return w === 'ws_a';
  },
  revisionOf: people.revisionOf,
  changeStanding: people.changeStanding,
  markHadKey: people.markHadKey,
  countRevision: people.countRevision,
  insertInstallation: (tx, w) =>
    installations.insertInstallation(tx, { ...rowFor('installations', w), id: 'new', team: 'T2' }),
  installationsIn: installations.installationsIn,
  setInstallationRemoved: (tx, w) => installations.setInstallationRemoved(tx, w, 'inst_a', null),
  allChannels: people.allChannels,
  insertChannel: (tx, w) => people.insertChannel(tx, { ...rowFor('channels', w), id: 'new' }),
  findChannel: (tx, w) => people.findChannel(tx, w, 'channel_a'),
  channelByNative: (tx, w) => people.channelByNative(tx, w, 'slack', 'native_a'),
  insertMember: (tx, w) => people.insertMember(tx, { ...rowFor('members', w), id: 'new' }),
  findMember: (tx, w) => people.findMember(tx, w, 'member_a'),
  setRemoved: (tx, w) => people.setRemoved(tx, w, 'member_a', 9),
  renameMember: (tx, w) => people.renameMember(tx, w, 'member_a', 'new'),
  removeMember: (tx, w) => people.removeMember(tx, w, 'new_a'),
  allMembers: people.allMembers,
  insertAccount: (tx, w) =>
    people.insertAccount(tx, { ...rowFor('accounts', w), id: 'new', native: 'native_new' }),
  accountByNative: (tx, w) => people.accountByNative(tx, w, 'slack', 'native_a'),
  updateAccount: (tx, w) => people.updateAccount(tx, w, 'account_a', { name: 'new', standing: 'guest' }),
  accountsOf: (tx, w) => people.accountsOf(tx, w, 'member_a'),
  allAccounts: people.allAccounts,
  allTeamGrants: teamRoles.allTeamGrants,
  putTeamGrant: (tx, w) => teamRoles.putTeamGrant(tx, { ...rowFor('team_grants', w), role: 'viewer' }),
  removeTeamGrant: (tx, w) => teamRoles.removeTeamGrant(tx, w, rowFor('team_grants', 'ws_a')),
  heldTeamRoles: (tx, w) => teamRoles.heldTeamRoles(tx, w, 0),
  teamRolesOf: (tx, w) => teamRoles.teamRolesOf(tx, w, 'slack', 'native_a'),
  putTeamRoles: (tx, w) => teamRoles.putTeamRoles(tx, { ...rowFor('team_roles', w), held: '[]' }),
  allRoles: people.allRoles,
  lockRoles: people.lockRoles,
  rolesOfMember: (tx, w) => people.rolesOfMember(tx, w, 'member_a'),
  putRole: (tx, w) => people.putRole(tx, { ...rowFor('roles', w), role: 'viewer' }),
  removeRoles: (tx, w) => people.removeRoles(tx, w, 'member_a'),
  removeRole: (tx, w) => people.removeRole(tx, w, 'member_a', ''),
};

const ofRuns: Record<string, Case> = {
  insertRun: (tx, w) => runs.insertRun(tx, { ...rowFor('runs', w), id: 'new' }),
  lockRun: (tx, w) => runs.lockRun(tx, w, 'run_a'),
  lockVersion: (tx, w) => runs.lockVersion(tx, w, 'run_a'),
  versionOf: (tx, w) => runs.versionOf(tx, w, 'run_a'),
  findRun: (tx, w) => runs.findRun(tx, w, 'run_a'),
  updateRun: (tx, w) => runs.updateRun(tx, rowFor('runs', w), { status: 'failed' }),
  eraseRun: async (tx, w) => {
    await runs.updateRun(tx, rowFor('runs', w), { ended_at: 2 });
    return await retention.eraseRun(tx, w, 'run_a', { endedBefore: 9, now: 9, card: '{}', said: '{}' });
  },
  markSandbox: (tx, w) => runs.markSandbox(tx, w, 'run_a'),
  runInThread: (tx, w) => runs.runInThread(tx, w, 'channel_a', 'thread_a'),
  openRuns: (tx, w) => runs.openRuns(tx, w, 9),
  runsWaitingFor: (tx, w) => runs.runsWaitingFor(tx, w, 'key'),
  listRuns: (tx, w) => runs.listRuns(tx, w, 9),
  recentCosts: (tx, w) => runs.recentCosts(tx, w, 'research', 9),
  insertSteps: (tx, w) => runs.insertSteps(tx, [{ ...rowFor('steps', w), round: 2 }]),
  stepsOf: (tx, w) => runs.stepsOf(tx, w, 'run_a'),
  updateStep: (tx, w) => runs.updateStep(tx, rowFor('steps', w), { status: 'failed' }),
  sourcesOf: (tx, w) => runs.sourcesOf(tx, w, 'run_a'),
  insertSources: (tx, w) => runs.insertSources(tx, [{ ...rowFor('sources', w), n: 2, url: 'new' }]),
  acceptRequest: (tx, w) =>
    requests.acceptRequest(tx, { ...rowFor('requests', w), id: 'new', dedupe: 'new' }),
  claimRequest: (tx, w) => requests.claimRequest(tx, { ...rowFor('requests', w), id: 'new' }),
  findRequest: (tx, w) => requests.findRequest(tx, w, 'request_a'),
  endRequest: (tx, w) => requests.endRequest(tx, w, 'slack', 'dedupe_a'),
  isRequestOpen: (tx, w) => requests.isRequestOpen(tx, w, 'slack', 'dedupe_a'),
  insertJob: (tx, w) =>
    jobs.insertJob(tx, { id: 'new', workspace: w, kind: 'step', run: 'run_a', payload: {}, dueAt: 1 }),
  jobsOfRun: (tx, w) => jobs.jobsOfRun(tx, w, 'run_a'),
};

const ofBooks: Record<string, Case> = {
  insertEntry: (tx, w) => ledger.insertEntry(tx, { ...rowFor('entries', w), id: 'new', seq: 7 }),
  entriesOfAttempt: (tx, w) => ledger.entriesOfAttempt(tx, w, 'attempt_a'),
  entriesOfRun: (tx, w) => ledger.entriesOfRun(tx, w, 'run_a'),
  addToQuarter: (tx, w) => ledger.addToQuarter(tx, rowFor('spend_quarters', w)),
  spendInQuarters: (tx, w) => spend.spendInQuarters(tx, w, 0, 9),
  spendInEntries: (tx, w) => spend.spendInEntries(tx, w, 0, 9),
  spendByMember: (tx, w) => spend.spendByMember(tx, w, null, 0, 9),
  crewQuarters: (tx, w) => spend.crewQuarters(tx, w, null, 0, 9),
  runsByCrew: (tx, w) => spend.runsByCrew(tx, w, null, 0, 9),
  quartersOfEntries: spend.quartersOfEntries,
  allQuarters: spend.allQuarters,
  periodsToCheck: verify.periodsToCheck,
  spentByHolds: (tx, w) => verify.spentByHolds(tx, w, period(w)),
  attemptsInPeriod: (tx, w) => verify.attemptsInPeriod(tx, w, period(w)),
  liveHoldsToCheck: verify.liveHoldsToCheck,
  attemptsAfter: (tx, w) => verify.attemptsAfter(tx, w, '', 9),
  entriesOfAttempts: (tx, w) => verify.entriesOfAttempts(tx, w, ['attempt_a']),
  runsToCheck: verify.runsToCheck,
  turnsPaidTwice: verify.turnsPaidTwice,
  documentsAfter: (tx, w) => verify.documentsAfter(tx, w, '', 9),
  deliveriesAfter: (tx, w) => verify.deliveriesAfter(tx, w, '', 9),
  approvedDrafts: (tx, w) => verify.approvedDrafts(tx, w, 'run_a'),
  decisionsToCheck: verify.decisionsToCheck,
};

const ofSettings: Record<string, Case> = {
  allSettings: settings.allSettings,
  putSetting: (tx, w) => settings.putSetting(tx, w, 'zone', '"UTC"', 9),
  aliasesAt: (tx, w) => settings.aliasesAt(tx, w, 'smart', ['']),
  putAlias: (tx, w) => settings.putAlias(tx, { ...rowFor('aliases', w), entries: '[]' }),
  removeAlias: (tx, w) => settings.removeAlias(tx, w, '', 'smart'),
};

const ofDigests: Record<string, Case> = {
  putSchedule: (tx, w) => digests.putSchedule(tx, { ...rowFor('schedules', w), next_at: 9 }),
  findSchedule: (tx, w) => digests.findSchedule(tx, w, 'schedule_a'),
  lockSchedule: (tx, w) => digests.lockSchedule(tx, w, 'schedule_a'),
  moveSchedule: (tx, w) => digests.moveSchedule(tx, w, 'schedule_a', 9),
  insertDigest: (tx, w) => digests.insertDigest(tx, { ...rowFor('digests', w), period: 'week:2026-11-16' }),
  newestDigest: (tx, w) => digests.newestDigest(tx, w, 'channel:channel_a'),
  gatesClosed: (tx, w) => overview.gatesClosed(tx, w, null, 0, 9),
  gatesOpen: overview.gatesOpen,
  runsWaiting: overview.runsWaiting,
};

export const tenantCases: Readonly<Record<string, Case>> = {
  ...ofAttempts,
  ...ofAudit,
  ...ofBudgets,
  ...ofGates,
  ...ofKeys,
  ...ofOutbox,
  ...ofPeople,
  ...ofRuns,
  ...ofBooks,
  ...ofSettings,
  ...ofDigests,
  ...ofPage,
  ...ofLinked,
};
