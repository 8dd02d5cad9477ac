import { formatUsd } from '../src/core/money.ts';
import { CrewsmithError } from '../src/errors.ts';
import { answer, asJson, bullets, flag, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';
import { usageOf } from './words.ts';

export const verify: CommandSpec = {
  name: 'verify',
  summary: 'Recomputes ledger, budgets, documents, decisions and audit from their rows.',
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  reply: 'private',
  data: 'read',
  args: [],
  flags: [
    flag('anchor', 'SEQ:MAC', 'The newest audit row as you know it: nothing before it may be gone.'),
    json,
  ],
  async run({ house }, values) {
    const typed = values.flag('anchor');
    const { ok, checks, overruns, anchor } = await house.verify.verify(
      house.workspace,
      ...(typed === null ? [] : [anchorOf(typed)]),
    );
    const over = overruns.map((o) => {
      const [cost, held] = [o.costNano, o.holdNano].map((nano) => formatUsd(BigInt(nano)));
      return `${o.run} ${o.step}: ${cost} against ${held} reserved (${o.attempt})`;
    });
    const body = [
      text(checks.map((c) => `${c.ok ? '✔' : '✖'} ${c.name}: ${c.says}`).join('\n')),
      ...(over.length === 0 ? [] : [text('Calls that cost more than they were allowed:'), bullets(over)]),
      text(`Keep this, and give it to a later check as --anchor: ${anchor.seq}:${anchor.mac}`),
    ];
    const card = answer(ok ? 'The books hold' : 'The books do not hold', body, { tone: ok ? 'good' : 'bad' });
    return reply(card, asJson({ ok, checks, overruns, anchor }), ok ? 0 : 1);
  },
};

function anchorOf(typed: string) {
  const [, seq, mac] = /^(\d{1,15}):([0-9a-f]*)$/.exec(typed) ?? [];
  if (seq === undefined || mac === undefined) {
    const why = `"${typed.slice(0, 100)}" is no anchor: a number, a colon, and hexadecimal digits.`;
    throw new CrewsmithError('usage.wrong', { why, usage: usageOf(verify) });
  }
  return { seq: Number(seq), mac };
}
