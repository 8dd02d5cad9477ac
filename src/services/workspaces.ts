import type { Clock } from '../clock.ts';
import { workspaceOfClaimed } from '../core/access.ts';
import { CrewsmithError } from '../errors.ts';
import { latestAuditAt } from '../store/audit.ts';
import {
  insertInstallation,
  installationOf,
  installationsIn,
  setInstallationRemoved,
  workspaceOfTeam,
} from '../store/installations.ts';
import {
  accountByNative,
  channelByNative,
  insertAccount,
  insertChannel,
  insertWorkspace,
  lockWorkspace,
  workspaceBySlug,
} from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { listRuns } from '../store/runs.ts';
import type { Audit } from './audit.ts';
import type { Ids } from './ids.ts';
import type { People } from './people.ts';
import type { WorkspaceSecrets } from './workspace-secrets.ts';

/** Where the terminal acts, and as whom. */
export interface Home {
  readonly workspace: string;
  /** Member `local`, who exists in the terminal and on the loopback page only (rule G3). */
  readonly member: string;
  /** Channel `terminal` of the surface `terminal`. */
  readonly channel: string;
}

export interface Workspaces {
  /** Rule K8: the first start makes workspace `default`, to which terminal and page belong; every later one finds it. */
  ensureDefault(tx: Tx): Promise<Home>;
  /** Rule K8: a team that belongs to none joins `default` if that has none of its surface yet, else gets its own, without keys. */
  claim(
    tx: Tx,
    surface: string,
    team: { readonly id: string; readonly name: string },
  ): Promise<{ workspace: string; team: 'default' | 'own' }>;
  /** Rule K8: a team that the operator's own settings name belongs to `default`; what it was before, it stays. True: we were gone from it, and are back. */
  connect(tx: Tx, surface: string, team: { readonly id: string; readonly name: string }): Promise<boolean>;
  /** The platform says that we are gone from a team: from now on it is as if nobody had claimed it. */
  disconnect(tx: Tx, surface: string, team: string): Promise<void>;
}

/** A clock may be this far off, ms, without a word. */
const clockSlackMs = 5 * 60_000;

/** Rule Q2: by how much, ms, the clock stands before the newest thing that is stored; audited. Null: it does not. */
export async function clockBehind(
  tx: Tx,
  { clock, audit }: { readonly clock: Clock; readonly audit: Pick<Audit, 'write'> },
  workspace: string,
): Promise<number | null> {
  const [run] = await listRuns(tx, workspace, 1);
  const newest = Math.max(run?.created_at ?? 0, (await latestAuditAt(tx, workspace)) ?? 0);
  const now = clock.now();
  if (now >= newest - clockSlackMs) return null;
  await audit.write(tx, {
    ...{ workspace, actor: 'system', action: 'clock.back', target: workspace },
    before: { at: newest },
    after: { at: now },
  });
  return newest - now;
}

/** The page; who is `local` there is the member of the terminal. */
const page = { surface: 'web', team: 'local', member: 'local' } as const;

const terminal = { surface: 'terminal', team: 'local', member: 'local', channel: 'terminal' } as const;

export function createWorkspaces(parts: {
  clock: Clock;
  ids: Ids;
  audit: Audit;
  people: People;
  secrets: WorkspaceSecrets;
}): Workspaces {
  const { clock, ids, audit, people, secrets } = parts;

  async function make(tx: Tx, slug: string, name: string): Promise<string> {
    const workspace = ids.next('workspace');
    await insertWorkspace(tx, {
      id: workspace,
      slug,
      name,
      created_at: clock.now(),
      ...secrets.make(workspace),
      revision: 0,
      had_key: 0,
    });
    await audit.begin(tx, workspace);
    return workspace;
  }

  async function link(
    tx: Tx,
    workspace: string,
    surface: string,
    team: { readonly id: string; readonly name: string },
  ): Promise<void> {
    await insertInstallation(tx, {
      id: ids.next('installation'),
      workspace_id: workspace,
      surface,
      team: team.id,
      name: team.name,
      created_at: clock.now(),
      removed_at: null,
    });
  }

  const made = (tx: Tx, workspace: string, slug: string) =>
    audit.write(tx, {
      workspace,
      actor: 'system',
      action: 'workspace.create',
      target: workspace,
      before: null,
      after: { slug },
    });

  async function makeDefault(tx: Tx): Promise<string> {
    const { surface, team, channel } = terminal;
    const workspace = await make(tx, 'default', 'default');
    await link(tx, workspace, surface, { id: team, name: surface });
    const own = { workspace_id: workspace, surface, created_at: clock.now() };
    await insertChannel(tx, { ...own, id: ids.next('channel'), native: channel, name: channel, direct: 0 });
    await made(tx, workspace, 'default');
    const local = { workspace, surface, native: terminal.member, name: 'local', standing: 'member' } as const;
    await people.arrive(tx, { ...local, role: 'owner' });
    return workspace;
  }

  /** Also of a workspace that is older than the page. */
  async function linkPage(tx: Tx, workspace: string, member: string): Promise<void> {
    const { surface, team, member: native } = page;
    if ((await workspaceOfTeam(tx, surface, team)) !== undefined) return;
    const own = { workspace_id: workspace, surface, created_at: clock.now() };
    const installation = { ...own, id: ids.next('installation'), team, name: surface, removed_at: null };
    await insertInstallation(tx, installation);
    const account = {
      ...own,
      id: ids.next('account'),
      member_id: member,
      native,
      name: native,
      standing: 'member' as const,
    };
    await insertAccount(tx, account);
    await audit.write(tx, {
      workspace,
      actor: 'system',
      action: 'access.link',
      target: member,
      before: null,
      after: { account: `${surface}:${native}` },
    });
  }

  async function homeOf(tx: Tx): Promise<string> {
    const workspace = await workspaceBySlug(tx, 'default');
    if (workspace === undefined)
      throw new CrewsmithError('internal.impossible', { what: 'no workspace default' });
    await lockWorkspace(tx, workspace.id);
    return workspace.id;
  }

  return {
    async claim(tx, surface, team) {
      const before = await installationOf(tx, surface, team.id);
      const home = await homeOf(tx);
      if (before !== undefined) {
        // It was here: what it has is its own.
        await setInstallationRemoved(tx, before.workspace_id, before.id, null);
        return { workspace: before.workspace_id, team: before.workspace_id === home ? 'default' : 'own' };
      }
      const here = (await installationsIn(tx, home)).filter((row) => row.surface === surface);
      const joins = workspaceOfClaimed(here.length);
      const slug = `${surface}-${team.id.toLowerCase()}`;
      const workspace = joins === 'default' ? home : await make(tx, slug, team.name);
      await link(tx, workspace, surface, team);
      if (joins === 'own') await made(tx, workspace, slug);
      return { workspace, team: joins };
    },

    async connect(tx, surface, team) {
      const before = await installationOf(tx, surface, team.id);
      if (before !== undefined) {
        await setInstallationRemoved(tx, before.workspace_id, before.id, null);
        return before.removed_at !== null;
      }
      const home = await homeOf(tx);
      await link(tx, home, surface, team);
      await audit.write(tx, {
        workspace: home,
        actor: 'system',
        action: 'workspace.connect',
        target: home,
        before: null,
        after: { surface, team: team.id },
      });
      return false;
    },

    async disconnect(tx, surface, team) {
      const known = await installationOf(tx, surface, team);
      if (known === undefined || known.removed_at !== null) return;
      await setInstallationRemoved(tx, known.workspace_id, known.id, clock.now());
      await audit.write(tx, {
        workspace: known.workspace_id,
        actor: 'system',
        action: 'workspace.disconnect',
        target: known.workspace_id,
        before: { surface, team },
        after: null,
      });
    },

    async ensureDefault(tx) {
      const workspace = (await workspaceBySlug(tx, 'default'))?.id ?? (await makeDefault(tx));
      const account = await accountByNative(tx, workspace, terminal.surface, terminal.member);
      const channel = await channelByNative(tx, workspace, terminal.surface, terminal.channel);
      if (account === undefined || channel === undefined) {
        throw new CrewsmithError('internal.impossible', { what: 'workspace default has no terminal' });
      }
      await linkPage(tx, workspace, account.member_id);
      return { workspace, member: account.member_id, channel: channel.id };
    },
  };
}
