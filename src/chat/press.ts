/**
 * What a press on a button means. It leads to rows, which are read anew with the role of whoever presses: nothing on the card
 * is trusted. Small enough for every surface to carry.
 */
export type Press =
  | { readonly do: 'approve' | 'reject' | 'edit' | 'changes'; readonly gate: string; readonly draft: number }
  | { readonly do: 'ask-again'; readonly gate: string }
  | { readonly do: 'stop' | 'retry' | 'sandbox'; readonly run: string }
  /** Raises a budget for its window of now, so that a run goes on. */
  | { readonly do: 'raise'; readonly run: string; readonly budget: string; readonly nano: number }
  /** Raises the limit of one's own run, as long as it is still `cap` (rule M3). */
  | { readonly do: 'raise-cap'; readonly run: string; readonly cap: number; readonly nano: number }
  /** Opens the form that changes a budget's limit. */
  | { readonly do: 'limit'; readonly run: string; readonly budget: string }
  /** Carries out one's own command that asked first; `mark` names what was shown, so that something else is asked anew. */
  | { readonly do: 'confirm'; readonly request: string; readonly mark: string }
  /** Ends a one-time link of one's own, or takes back what came of it. */
  | { readonly do: 'undo'; readonly link: string }
  /** Leaves it: nothing was done. */
  | { readonly do: 'cancel' }
  /** As if the presser had typed these words here. */
  | { readonly do: 'say'; readonly words: string };

type Wanted = Readonly<Record<string, 'string' | 'number'>>;

const ofGate: Wanted = { gate: 'string', draft: 'number' };
const ofRun: Wanted = { run: 'string' };

const wanted: Readonly<Record<Press['do'], Wanted>> = {
  approve: ofGate,
  reject: ofGate,
  edit: ofGate,
  changes: ofGate,
  'ask-again': { gate: 'string' },
  stop: ofRun,
  retry: ofRun,
  sandbox: ofRun,
  raise: { run: 'string', budget: 'string', nano: 'number' },
  'raise-cap': { run: 'string', cap: 'number', nano: 'number' },
  limit: { run: 'string', budget: 'string' },
  confirm: { request: 'string', mark: 'string' },
  undo: { link: 'string' },
  cancel: {},
  say: { words: 'string' },
};

/** Nothing that a card of ours carries is longer. */
const longest = 500;

/** A press as it came back from a platform; null: it is none of ours. */
export function readPress(value: unknown): Press | null {
  return matches(value, 'do', wanted) ? (value as unknown as Press) : null;
}

/** Whether a value is one of the kinds that `name` tells apart, with all its parts and of their types. */
export function matches(
  value: unknown,
  name: string,
  kinds: Readonly<Record<string, Wanted>>,
): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const parts = value as Readonly<Record<string, unknown>>;
  const kind = parts[name];
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) return false;
  return Object.entries(kinds[kind] ?? {}).every(([part, type]) => {
    const given = parts[part];
    return type === 'string'
      ? typeof given === 'string' && given.length <= longest
      : Number.isSafeInteger(given) && Number(given) >= 0;
  });
}
