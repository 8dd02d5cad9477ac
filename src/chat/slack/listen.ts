import type { App, Receiver, webApi } from '@slack/bolt';
import type { Clock } from '../../clock.ts';
import { aboutMessage } from '../about-message.ts';
import { plainCard } from '../plain-card.ts';
import type { Answer, Desk, Sender, SharedFile, Spot } from '../port.ts';
import { readPress } from '../press.ts';
import type { Charts } from './charts.ts';
import type { Direct } from './direct.ts';
import type { Features } from './features.ts';
import {
  filesIn,
  formCallback,
  readMetadata,
  staysOpen,
  typedIn,
  type ViewState,
  workingView,
} from './form-view.ts';
import { showHome } from './home.ts';
import { filesOf, readJson, spotOf, teamIn, wordsAlone, wordsTo } from './incoming.ts';
import { createModal, type Modal, updated } from './modals.ts';
import { asTyped } from './mrkdwn.ts';
import type { People } from './people.ts';
import { createPrivate, type PrivateWay } from './private.ts';
import { createSavingApp } from './saving-app.ts';
import { readShortcut, shortcutCallback, shortcutView } from './shortcut.ts';
import type { WebApi } from './web-api.ts';

export interface ListenParts {
  readonly api: WebApi;
  readonly people: People;
  readonly features: Features;
  readonly charts: Charts;
  readonly direct: Direct;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly log: { warn(detail: object, says: string): void; error(detail: object, says: string): void };
  readonly logger: webApi.Logger;
  readonly desk: Desk;
  readonly own: Own;
  /** Somebody did something in this channel: they can be asked to invite us. */
  readonly seen: (channel: string, tell: Answer['private']) => void;
  readonly joined: (channel: string) => Promise<void>;
  readonly removed: () => Promise<void>;
  readonly changed: (sender: Sender) => Promise<void>;
}

/** Ourselves, as Slack knows us. */
export interface Own {
  readonly team: string;
  readonly bot: string;
  readonly user: string;
}

/** A form stays open until its row is there, at most so long (rule S1). */
const formRowMs = 1_500;

/** Takes what people do from the receiver to the desk. */
export function listenTo(
  receiver: Receiver,
  parts: ListenParts,
  token: string,
): { app: App; idle(): Promise<void> } {
  const { api, people, desk, own, log } = parts;
  const underWay = new Set<Promise<unknown>>();
  const authorized = { botToken: token, botId: own.bot, botUserId: own.user, teamId: own.team };
  const app = createSavingApp(
    {
      receiver,
      logger: parts.logger,
      authorize: () => Promise.resolve(authorized),
      convoStore: false,
      clientOptions: { fetch: parts.fetch, retryConfig: { retries: 0 } },
    },
    parts.clock,
  );

  /** What was taken is finished before we leave. */
  function under<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  }

  interface Did {
    readonly user: string;
    readonly name: string;
    readonly team: string | null;
    readonly spot: Spot;
    readonly way: Omit<PrivateWay, 'channel' | 'thread' | 'user'>;
    /** null: Slack gave no leave to open a modal. */
    readonly modal: Modal | null;
    /** Said by a button where a form could not be opened in time. */
    readonly again: Parameters<typeof readPress>[0];
  }

  /** Finds out who it was and hands it on; nothing here rejects. */
  async function handOn(did: Did, hand: (sender: Sender, answer: Answer) => Promise<void>): Promise<void> {
    const { spot, user, modal } = did;
    const tell = createPrivate(parts, { ...did.way, channel: spot.channel, thread: spot.thread, user });
    parts.seen(spot.channel, tell);
    const answer: Answer = {
      async private(card) {
        if (modal === null || !(await modal.tell(card))) await tell(card);
      },
      async form(form) {
        if (modal !== null && (await modal.show(form))) return;
        const press = readPress(did.again);
        const actions = press === null ? [] : [{ label: 'Open the form', style: 'primary' as const, press }];
        await tell({ ...plainCard(form.title, 'Slack opens a form only at once after a press.'), actions });
      },
    };
    const sender = await people.look(user, { name: did.name, team: did.team });
    if (sender === null) {
      await answer.private(
        plainCard('Slack does not say who you are', 'Nothing was done. Try it again in a moment.'),
      );
      return;
    }
    await hand(sender, answer);
  }

  async function command(
    did: Did,
    text: string,
    dedupe: string,
    files: readonly SharedFile[],
  ): Promise<void> {
    // Before who it was is looked up: Slack's leave to open a form is over soon.
    if (did.modal !== null && (await desk.opensForm({ text }))) did.modal.announce();
    await handOn(did, (sender, answer) =>
      desk.command({ sender, spot: did.spot, dedupe, text, files }, answer),
    );
  }

  app.command('/crew', async ({ command: body, ack }) => {
    await ack();
    const spot = spotOf(body.channel_id, body.channel_name, undefined);
    const words = wordsAlone(own.user, body.text);
    await under(
      command(
        {
          user: body.user_id,
          name: body.user_name,
          team: body.team_id,
          spot,
          way: { responseUrl: body.response_url, replaces: false },
          modal: createModal({ api, trigger: body.trigger_id, spot }),
          again: { do: 'say', words },
        },
        words,
        body.trigger_id,
        [],
      ),
    );
  });

  /** By (team, channel, ts): one message may come under several event ids (rule S2). */
  async function said(
    message: { user: string; team: string | null; channel: string; ts: string; thread: string | undefined },
    words: string,
    files: readonly SharedFile[],
  ): Promise<void> {
    const { user, team, channel, ts, thread } = message;
    const spot = spotOf(channel, undefined, thread);
    const way = { responseUrl: null, replaces: false };
    const again = { do: 'say', words };
    await under(
      command(
        { user, name: user, team, spot, way, modal: null, again },
        words,
        `${own.team}:${channel}:${ts}`,
        files,
      ),
    );
  }

  app.event('app_mention', async ({ event }) => {
    const words = wordsTo(own.user, event.text);
    if (event.user === undefined || words === null || isOurs(event)) return;
    const { user, channel, ts, thread_ts: thread } = event;
    await said({ user, team: teamIn(event), channel, ts, thread }, words, filesOf(event));
  });

  app.event('message', async ({ event }) => {
    // In channels a mention comes as an event of its own.
    if (event.channel_type !== 'im') return;
    if ((event.subtype !== undefined && event.subtype !== 'file_share') || isOurs(event)) return;
    const { user, text = '', channel, ts, thread_ts: thread } = event;
    if (user === undefined) return;
    const words = wordsAlone(own.user, text);
    await said({ user, team: teamIn(event), channel, ts, thread }, words, filesOf(event));
  });

  app.action({ type: 'block_actions' }, async ({ body, action, ack }) => {
    await ack();
    const press = readPress(action.type === 'button' ? readJson(action.value ?? '') : null);
    // A button of somebody's home comes without a channel; its view says where they are written to.
    const home = body.view?.type === 'home' ? body.view.private_metadata : undefined;
    const channel = body.channel?.id ?? body.container.channel_id ?? home;
    if (press === null || typeof channel !== 'string') return;
    const { thread_ts: thread, is_ephemeral: replaces } = body.container as {
      thread_ts?: string;
      is_ephemeral?: boolean;
    };
    const spot = spotOf(channel, body.channel?.name, thread);
    const modal = createModal({ api, trigger: body.trigger_id, spot });
    const did: Did = {
      user: body.user.id,
      name: body.user.name ?? body.user.username ?? body.user.id,
      team: body.user.team_id ?? null,
      spot,
      way: { responseUrl: body.response_url ?? null, replaces: replaces === true },
      modal,
      again: press,
    };
    if (await desk.opensForm({ press })) modal.announce();
    await under(
      handOn(did, (sender, answer) => desk.press({ sender, spot, dedupe: body.trigger_id, press }, answer)),
    );
  });

  app.shortcut({ callback_id: shortcutCallback, type: 'message_action' }, async ({ shortcut, ack }) => {
    await ack();
    const { channel, message, trigger_id: trigger } = shortcut;
    const thread = (message.thread_ts as string | undefined) ?? message.ts;
    const spot = spotOf(channel.id, channel.name, thread);
    const words = `research ${aboutMessage(asTyped(message.text ?? ''))}`.trim();
    const view = shortcutView(words, spot, filesOf(message));
    await under(
      api.call('views.open', null, (client) => client.views.open({ trigger_id: trigger, view }), 'prompt'),
    );
  });

  app.view(shortcutCallback, async ({ body, view, ack }) => {
    await ack();
    const asked = readShortcut(view);
    if (asked === null) return;
    const { spot, words, files } = asked;
    const way = { responseUrl: null, replaces: false };
    const team = body.user.team_id ?? null;
    const again = { do: 'say', words };
    await under(
      command(
        { user: body.user.id, name: body.user.name, team, spot, way, modal: null, again },
        words,
        view.id,
        files,
      ),
    );
  });

  app.view(formCallback, async ({ body, view, ack }) => {
    const meta = readMetadata(view.private_metadata);
    const state: ViewState = view.state.values;
    const title = view.title.text;
    if (meta === null) return await ack(staysOpen(title, state, 'This form is not known here any more.', {}));
    const { ref, spot } = meta;
    const way = {
      responseUrl: null,
      replaces: false,
      channel: spot.channel,
      thread: spot.thread,
      user: body.user.id,
    };
    const tell = createPrivate(parts, way);
    const answer: Answer = { private: tell, form: () => Promise.resolve() };
    const sent = under(
      (async () => {
        const sender = await people.look(body.user.id, {
          name: body.user.name,
          team: body.user.team_id ?? null,
        });
        if (sender === null)
          return {
            form: 'stays',
            says: 'Slack does not say who you are now. Try it again.',
            fields: {},
          } as const;
        return await desk.submit(
          { sender, spot, dedupe: view.id, form: ref, values: typedIn(state), files: filesIn(state) },
          answer,
        );
      })(),
    );
    const late = Promise.withResolvers<null>();
    const cancel = parts.clock.after(formRowMs, () => late.resolve(null));
    const outcome = await Promise.race([sent, late.promise]);
    cancel();
    if (outcome === null) {
      // Slack would wait no longer. What comes of it is said where the form stood.
      await ack({ response_action: 'update', view: workingView(title, 'This takes a moment…') });
      const known = await sent;
      const says =
        known.form === 'closes'
          ? 'Done. You can close this.'
          : `${known.says} Nothing was done; open it again.`;
      await updated(api, view.id, workingView(title, says));
    } else if (outcome.form === 'closes') await ack();
    else await ack(staysOpen(title, state, outcome.says, outcome.fields));
  });

  app.event('app_home_opened', async ({ event, body }) => {
    if (event.tab !== 'home') return;
    const { user, channel } = event;
    const sender = await people.look(user, { name: user, team: null });
    if (sender === null || sender.standing !== 'member') return;
    const spot = spotOf(channel, undefined, undefined);
    const later = (work: Promise<void>) =>
      void work.catch((err: unknown) => log.warn({ err }, 'pictures could not be put into a home'));
    const home = { api, desk, charts: parts.charts, features: parts.features, later };
    await under(showHome(home, { sender, user, spot, dedupe: body.event_id }));
  });

  app.event('member_joined_channel', async ({ event }) => {
    if (event.user === own.user) await parts.joined(event.channel);
  });
  // Who is deactivated does nothing any more by which it would be seen.
  app.event('user_change', async ({ event }) => {
    const changed = people.told(event.user);
    if (changed.standing === 'guest') await parts.changed(changed);
  });
  // Over HTTP what is said of other teams arrives here, too.
  app.event('app_uninstalled', async ({ body }) => {
    if (body.team_id === own.team) await parts.removed();
  });
  app.event('tokens_revoked', async ({ event, body }) => {
    if (body.team_id === own.team && (event.tokens.bot?.length ?? 0) > 0) await parts.removed();
  });

  app.error(async (error) => {
    log.error({ err: error }, 'what came from Slack could not be taken');
    throw error;
  });

  const isOurs = (event: { readonly user?: string | undefined; readonly bot_id?: string | undefined }) =>
    event.bot_id !== undefined || event.user === own.user;

  return {
    app,
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}
