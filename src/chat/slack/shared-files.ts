import type { SharedFile } from '../port.ts';

/** More are not shared by people who mean a crew to read them. */
const filesMost = 10;
const nameMost = 200;

/** Files as Slack tells of them, in messages and modals. `field`: the input that they were chosen for; null: they came with a message. */
export function sharedFiles(files: unknown, field: string | null): SharedFile[] {
  if (!Array.isArray(files)) return [];
  return files.slice(0, filesMost).flatMap((file: unknown): SharedFile[] => {
    const { id, name, title, url_private_download: download, url_private: url } = (file ?? {}) as Tells;
    if (typeof id !== 'string' || !/^F[A-Z0-9]+$/.test(id)) return [];
    const called = [name, title].find((one) => typeof one === 'string' && one !== '') ?? id;
    const at = [download, url].find((one) => typeof one === 'string') ?? '';
    return [
      { field, name: String(called).slice(0, nameMost), from: { address: `${id} ${String(at)}`.trim() } },
    ];
  });
}

interface Tells {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly title?: unknown;
  readonly url_private_download?: unknown;
  readonly url_private?: unknown;
}

/** The parts of an address as it was made above; a file that was shared from elsewhere may come without its place. */
export function readAddress(address: string): { readonly id: string; readonly url: string | null } {
  const [id = '', url = null] = address.split(' ', 2);
  return { id, url };
}
