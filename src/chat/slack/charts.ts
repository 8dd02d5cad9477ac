import type { Clock } from '../../clock.ts';
import type { Card } from '../card.ts';
import type { Chart } from '../chart.ts';
import { unfolded } from '../document-card.ts';
import type { Pictures } from '../picture.ts';
import { type Block, wordsForPictures } from './blocks.ts';
import { type Feature, type Features, isOfBlocks } from './features.ts';
import { limits } from './limits.ts';
import { clipped } from './mrkdwn.ts';
import { codeOf, type WebApi } from './web-api.ts';

/** Charts as pictures: uploaded as files that are shared with nobody, and shown by what is sent. */
export interface Charts {
  /** The files with the pictures of the charts in cards; those that could not be had are left out. Never rejects. */
  of(cards: readonly Card[], where: Where, prompt?: 'prompt'): Promise<ChartFiles>;
  /** Those that Slack has shown before: with these nothing has to be waited for. */
  ready(cards: readonly Card[]): ChartFiles;
  /** Sends blocks with pictures once Slack takes them, and with their words where it never does. Throws what `send` does. */
  sending<T>(
    blocks: readonly Block[],
    where: Where,
    send: (blocks: readonly Block[]) => Promise<T>,
  ): Promise<T>;
}

/** Slack's id of the file with the picture of a chart. */
export type ChartFiles = ReadonlyMap<Chart, string>;

export const noFiles: ChartFiles = new Map();

/** Whether Slack shows files of ours there is found out for each. */
type Where = Extract<Feature, 'pictures' | 'private pictures' | 'pictures at home'>;

/**
 * A file may be shown only when Slack has looked it through, a second or so after it was uploaded; until then it refuses the block.
 * https://github.com/slackapi/python-slack-sdk/issues/1521
 */
const waitsMs = [0, 1_000, 1_500, 2_500];
/** The same chart is uploaded once: an edit, a second try and another reader show the same file. */
const rememberedMost = 100;

export function createCharts(parts: {
  readonly api: WebApi;
  readonly features: Features;
  readonly clock: Clock;
  readonly pictures: Pictures;
  readonly log: { warn(detail: object, says: string): void };
}): Charts {
  const { api, features, clock, pictures, log } = parts;
  /** By their charts, as JSON. */
  const files = new Map<string, Promise<string | null>>();
  /** Which chart a file is of, and the files that Slack has shown, by their charts. */
  const chartOfFile = new Map<string, string>();
  const shown = new Map<string, string>();

  async function upload(chart: Chart, prompt: 'prompt' | undefined): Promise<string | null> {
    try {
      // Slack is read in light and in dark, and shows one picture to both.
      const png = await pictures.draw(chart, 'light');
      const sent = await api.call(
        'files.uploadV2',
        null,
        (client) =>
          client.filesUploadV2({
            file: Buffer.from(png),
            filename: 'chart.png',
            title: clipped(chart.title, limits.imageTitle.most),
            alt_text: clipped(chart.alt, limits.fileAlt.most),
          }),
        prompt,
      );
      return idIn(sent);
    } catch (error) {
      if (!features.note('file uploads', error))
        log.warn({ err: error }, 'the picture of a chart could not be uploaded; its words are shown');
      return null;
    }
  }

  async function fileOf(chart: Chart, prompt: 'prompt' | undefined): Promise<string | null> {
    const name = JSON.stringify(chart);
    const known = files.get(name);
    if (known !== undefined) return await known;
    for (const memory of [files, chartOfFile, shown]) if (memory.size >= rememberedMost) memory.clear();
    const file = upload(chart, prompt);
    files.set(name, file);
    const id = await file;
    if (id === null) files.delete(name);
    else chartOfFile.set(id, name);
    return id;
  }

  function noteShown(blocks: readonly Block[]): void {
    for (const block of blocks) {
      const file = block.type === 'image' && 'slack_file' in block ? block.slack_file : null;
      const id = file !== null && 'id' in file ? (file.id ?? '') : '';
      const chart = chartOfFile.get(id);
      if (chart !== undefined) shown.set(chart, id);
    }
  }

  return {
    ready(cards) {
      const found = chartsIn(cards).map((chart) => [chart, shown.get(JSON.stringify(chart))] as const);
      return new Map(found.flatMap(([chart, id]) => (id === undefined ? [] : [[chart, id]])));
    },

    async of(cards, where, prompt) {
      const charts = chartsIn(cards);
      if (charts.length === 0 || !features.has('file uploads') || !features.has(where)) return noFiles;
      const found = new Map<Chart, string>();
      for (const chart of charts) {
        const id = await fileOf(chart, prompt);
        if (id !== null) found.set(chart, id);
      }
      return found;
    },

    async sending(blocks, where, send) {
      if (!blocks.some((block) => block.type === 'image')) return await send(blocks);
      let refused: unknown = null;
      for (const ms of waitsMs) {
        if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve));
        try {
          const sent = await send(blocks);
          noteShown(blocks);
          return sent;
        } catch (error) {
          if (!isOfBlocks(codeOf(error))) throw error;
          refused = error;
        }
      }
      const sent = await send(wordsForPictures(blocks));
      // It was the picture alone that Slack would not have.
      features.note(where, refused);
      return sent;
    },
  };
}

const chartsIn = (cards: readonly Card[]): Chart[] =>
  cards.flatMap(({ body }) => unfolded(body).flatMap((part) => (part.type === 'chart' ? [part.chart] : [])));

/** What the SDK says of an upload: a list of answers, each with a list of files. */
function idIn(sent: unknown): string | null {
  const { files = [] } = sent as { files?: readonly { files?: readonly { id?: string }[] }[] };
  return files[0]?.files?.[0]?.id ?? null;
}
