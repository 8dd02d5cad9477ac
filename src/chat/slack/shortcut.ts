import type { SharedFile, Spot } from '../port.ts';
import { type View, workingView } from './form-view.ts';
import { limits } from './limits.ts';
import { clipped } from './mrkdwn.ts';

/** "Run a crew on this message": names it in the manifest, too. */
export const shortcutCallback = 'run_on_message';

/** Asks what to run, with words that already name what the message is about. */
export function shortcutView(words: string, spot: Spot, files: readonly SharedFile[]): View {
  const view = workingView(
    'Run a crew',
    'As after /crew: the crew first, then what it works on. It runs in the thread of the message.',
  );
  return {
    ...view,
    callback_id: shortcutCallback,
    submit: { type: 'plain_text', text: 'Run' },
    private_metadata: metadataOf({ spot, files }),
    blocks: [
      ...view.blocks,
      {
        type: 'input',
        block_id: 'words',
        label: { type: 'plain_text', text: 'What to run' },
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          initial_value: clipped(words, limits.typed.most),
          max_length: limits.typed.most,
        },
      },
    ],
  };
}

interface Metadata {
  readonly spot: Spot;
  readonly files: readonly SharedFile[];
}

/** As many of the files as Slack keeps for us; the names of all stand in the message. */
function metadataOf({ spot, files }: Metadata): string {
  const text = JSON.stringify({ spot, files });
  if (text.length <= limits.modalMetadata.most || files.length === 0) return text;
  return metadataOf({ spot, files: files.slice(0, -1) });
}

export function readShortcut(view: {
  readonly private_metadata: string;
  readonly state: {
    readonly values: Readonly<Record<string, Readonly<Record<string, { value?: string | null }>>>>;
  };
}): (Metadata & { readonly words: string }) | null {
  const words = view.state.values.words?.value?.value ?? '';
  const { spot, files } = JSON.parse(view.private_metadata) as Metadata;
  return words.trim() === '' ? null : { spot, files, words: words.trim() };
}
