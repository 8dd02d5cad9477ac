import type { Clock } from '../clock.ts';
import { CrewsmithError } from '../errors.ts';
import {
  accountByNative,
  channelByNative,
  insertAccount,
  insertChannel,
  insertInstallation,
  insertWorkspace,
  workspaceBySlug,
  workspaceOfTeam,
} from '../store/people.ts';
import type { Tx } from '../store/port.ts';
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
}

/** The page: `local` there is the member of the terminal */
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

  async function make(tx: Tx): Promise<string> {
    const now = clock.now();
    const workspace = ids.next('workspace');
    const { surface, team, channel } = terminal;
    await insertWorkspace(tx, {
      id: workspace,
      slug: 'default',
      name: 'default',
      created_at: now,
      ...secrets.make(workspace),
      revision: 0,
      had_key: 0,
    });
    await audit.begin(tx, workspace);
    const own = { workspace_id: workspace, surface, created_at: now };
    await insertInstallation(tx, {
      ...own,
      id: ids.next('installation'),
      team,
      name: surface,
      removed_at: null,
    });
    await insertChannel(tx, { ...own, id: ids.next('channel'), native: channel, name: channel });
    await audit.write(tx, {
      workspace,
      actor: 'system',
      action: 'workspace.create',
      target: workspace,
      before: null,
      after: { slug: 'default' },
    });
    await people.arrive(tx, { workspace, surface, native: terminal.member, name: 'local', role: 'owner' });
    return workspace;
  }

  /** Also of a workspace that is older than the page. */
  async function linkPage(tx: Tx, workspace: string, member: string): Promise<void> {
    const { surface, team, member: native } = page;
    if ((await workspaceOfTeam(tx, surface, team)) !== undefined) return;
    const own = { workspace_id: workspace, surface, created_at: clock.now() };
    const installation = { ...own, id: ids.next('installation'), team, name: surface, removed_at: null };
    await insertInstallation(tx, installation);
    const account = { ...own, id: ids.next('account'), member_id: member, native, name: native };
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

  return {
    async ensureDefault(tx) {
      const workspace = (await workspaceBySlug(tx, 'default'))?.id ?? (await make(tx));
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
