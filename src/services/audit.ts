import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { CrewsmithError } from '../errors.ts';
import {
  type AuditRecord,
  appendAudit,
  auditAfter,
  findAuditHead,
  insertAuditHead,
  lockAuditHead,
} from '../store/audit.ts';
import type { Tx } from '../store/port.ts';
import type { Random } from './sealing.ts';
import type { WorkspaceSecrets } from './workspace-secrets.ts';

/** A change, as it is written down. */
export interface Change {
  readonly workspace: string;
  /** The id of a member, or `system` for what the program does by itself. */
  readonly actor: string;
  /** `area.verb`, like `key.revoke`. */
  readonly action: string;
  /** The id of what was changed. */
  readonly target: string;
  readonly before: Json;
  readonly after: Json;
}

/** The newest row, as digests show it. */
export interface Anchor {
  readonly seq: number;
  readonly mac: string;
}

export type Verdict =
  /** `proven`: the newest row that an anchor reaches; rows after it may be missing unseen (rule A1). */
  | { readonly ok: true; readonly rows: number; readonly head: Anchor; readonly proven: number | null }
  | { readonly ok: false; readonly seq: number; readonly why: string };

export interface Audit {
  /** Begins the chain of a new workspace. */
  begin(tx: Tx, workspace: string): Promise<void>;
  /** Called last in a transaction: it locks the head until the commit (rules A1, R2). */
  write(tx: Tx, change: Change): Promise<void>;
  head(tx: Tx, workspace: string): Promise<Anchor>;
  /** Reads the whole chain. Salt and detail that were erased together are no fault. */
  verify(tx: Tx, workspace: string, anchor?: Anchor): Promise<Verdict>;
}

/** Of the row before the first. */
const noMac = '';
const pageRows = 500;

export function createAudit(parts: { clock: Clock; random: Random; secrets: WorkspaceSecrets }): Audit {
  const { clock, random, secrets } = parts;

  async function head(tx: Tx, workspace: string): Promise<Anchor> {
    const row = await findAuditHead(tx, workspace);
    if (row === undefined)
      throw new CrewsmithError('internal.impossible', { what: `no audit head of ${workspace}` });
    return { seq: row.seq, mac: row.mac };
  }

  return {
    begin: (tx, workspace) => insertAuditHead(tx, { workspace_id: workspace, seq: 0, mac: noMac }),

    async write(tx, change) {
      const { workspace } = change;
      const key = await secrets.auditKey(tx, workspace);
      const last = await lockAuditHead(tx, workspace);
      if (last === undefined)
        throw new CrewsmithError('internal.impossible', { what: `no audit head of ${workspace}` });
      const salt = random(16).toString('hex');
      const detail = canonicalJson({ before: change.before, after: change.after });
      const row = {
        workspace_id: workspace,
        seq: last.seq + 1,
        at: clock.now(),
        actor: storable(change.actor),
        action: storable(change.action),
        target: storable(change.target),
        detail_hash: detailHash(salt, detail),
      };
      await appendAudit(tx, { ...row, salt, detail, mac: auditMac(key, last.mac, row) });
    },

    head,

    async verify(tx, workspace, anchor) {
      const key = await secrets.auditKey(tx, workspace);
      const newest = await head(tx, workspace);
      let last: Anchor = { seq: 0, mac: noMac };
      for (;;) {
        const rows = await auditAfter(tx, workspace, last.seq, pageRows);
        for (const row of rows) {
          const why = fault(key, last, row) ?? (anchor?.seq === row.seq ? anchored(anchor, row.mac) : null);
          if (why !== null) return { ok: false, seq: Math.min(row.seq, last.seq + 1), why };
          last = { seq: row.seq, mac: row.mac };
        }
        if (rows.length < pageRows) break;
      }
      if (last.seq !== newest.seq || last.mac !== newest.mac) {
        return {
          ok: false,
          seq: Math.min(last.seq, newest.seq) + 1,
          why: 'The chain does not end where its head says.',
        };
      }
      if (anchor !== undefined && anchor.seq > last.seq) {
        return {
          ok: false,
          seq: last.seq + 1,
          why: `The rows up to ${anchor.seq}, which the anchor knows, are gone.`,
        };
      }
      return { ok: true, rows: last.seq, head: last, proven: anchor?.seq ?? null };
    },
  };
}

type Macked = Pick<
  AuditRecord,
  'workspace_id' | 'seq' | 'at' | 'actor' | 'action' | 'target' | 'detail_hash'
>;

/**
 * The format of rule A1, version 1. It never changes: rows written years ago must still verify; a new format begins with
 * another first word and number, and this one keeps its reader.
 *
 * `mac` is the lower-case hex HMAC-SHA256, under the workspace's audit key of 32 bytes, of the UTF-8 of this JSON array
 * without spaces: `["crewsmith-audit",1,previous mac,workspace id,seq,at in UTC ms,actor,action,target,detail_hash]`. The
 * previous mac of the first row (seq 1) is `""`. For the key of 32 bytes 0x07 and the array
 * `["crewsmith-audit",1,"","ws_1",1,1700000000000,"member_1","key.revoke","key_1","1b49627f…"]` (the hash below) it is
 * `e9dbc6f6cac0442d883bc02760526744759d06628eac6591ed362b5a4b6e99ff`.
 */
export function auditMac(key: Buffer, previous: string, row: Macked): string {
  const { workspace_id, seq, at, actor, action, target, detail_hash } = row;
  const text = JSON.stringify([
    'crewsmith-audit',
    1,
    previous,
    workspace_id,
    seq,
    at,
    actor,
    action,
    target,
    detail_hash,
  ]);
  return createHmac('sha256', key).update(text).digest('hex');
}

/**
 * Lower-case hex SHA-256 of the salt's 16 bytes followed by the UTF-8 of the detail: `{"after":…,"before":…}` with keys
 * sorted and no spaces. For the salt `000102030405060708090a0b0c0d0e0f` and `{"after":null,"before":{"label":"main"}}` it is
 * `1b49627fbb5787db139bcc827fb950c9bfd5436a16d0d91172254bdb20767193`. The salt keeps an erased detail from being guessed.
 */
export function detailHash(salt: string, detail: string): string {
  return createHash('sha256').update(Buffer.from(salt, 'hex')).update(detail).digest('hex');
}

function fault(key: Buffer, last: Anchor, row: AuditRecord): string | null {
  if (row.seq !== last.seq + 1) return `Row ${last.seq + 1} is missing.`;
  if (row.mac !== auditMac(key, last.mac, row)) return `Row ${row.seq} was edited, moved or put in.`;
  if ((row.salt === null) !== (row.detail === null)) return `Row ${row.seq} was erased by half.`;
  if (row.salt !== null && row.detail !== null && row.detail_hash !== detailHash(row.salt, row.detail)) {
    return `The detail of row ${row.seq} was edited.`;
  }
  return null;
}

/** So many digits of a keyed hash are as good as all of it: nobody without the key finds another row that begins alike. */
export const anchorDigits = 16;

const anchored = (anchor: Anchor, mac: string): string | null =>
  anchor.mac === mac || (anchor.mac.length >= anchorDigits && mac.startsWith(anchor.mac))
    ? null
    : `Row ${anchor.seq} is not the one that the anchor knows.`;

/** What every database stores and gives back unchanged: no NUL, no half of a surrogate pair. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');
