import type { Answer } from './methods.ts';
import type { SlackState } from './state.ts';

type Args = Readonly<Record<string, unknown>>;

const no = (error: string, more: object = {}): Answer => ({ ok: false, error, ...more });
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** A file is shown only when it was looked through: https://github.com/slackapi/python-slack-sdk/issues/1521 */
const lookedThroughMs = 1_000;

/** `files.getUploadURLExternal`. */
export function beginUpload(state: SlackState, args: Args): Answer {
  const id = state.nextId('F');
  const length = Number(args.length);
  const altText = textOf(args.alt_text);
  if (!(length > 0) || textOf(args.filename) === '' || altText.length > 1_000) return no('invalid_arguments');
  const name = textOf(args.filename);
  state.files.push({ id, name, length, altText, bytes: null, shared: null, shownFrom: null });
  return { ok: true, upload_url: `${state.uploads}/upload/v1/${id}`, file_id: id };
}

/** `files.completeUploadExternal`. Without a channel a file is the app's own, until a message shows it. */
export function endUpload(state: SlackState, args: Args): Answer {
  for (const { id } of args.files as readonly { id: string }[]) {
    const file = state.files.find((f) => f.id === id);
    if (file === undefined || file.bytes?.length !== file.length) return no('file_not_found');
    file.shownFrom = state.clock.now() + lookedThroughMs;
    if (args.channel_id !== undefined)
      file.shared = {
        channel: textOf(args.channel_id),
        thread: args.thread_ts === undefined ? null : textOf(args.thread_ts),
      };
  }
  return { ok: true, files: args.files };
}

/** What Slack says of a picture that it does not show there, or not yet. It is asked again, so it is no bad manners. */
export const badPicture = 'invalid slack file';

/** Whether the pictures in blocks or in a view can be shown there; null: they can. */
export function pictureProblem(
  state: SlackState,
  blocks: unknown,
  place: 'message' | 'private' | 'home',
): string | null {
  const images = (Array.isArray(blocks) ? blocks : []) as readonly {
    type?: string;
    slack_file?: { id?: string };
  }[];
  for (const { slack_file: shown } of images.filter(({ type }) => type === 'image')) {
    const file = state.files.find((f) => f.id === shown?.id);
    const isReady = file !== undefined && file.shownFrom !== null && file.shownFrom <= state.clock.now();
    if (!isReady || !state.showsFiles.has(place)) return badPicture;
  }
  return null;
}
