/** What people call their keys (rule K1). Pure. */
export interface NamedKey {
  readonly id: string;
  readonly provider: string;
  readonly environment: string;
  readonly label: string;
  /** The last characters of the secret; '' when it is too short to show any. */
  readonly hint: string;
}

/** How a key is written in a sentence: `openai/production/main ••••4f2a`. */
export const keyName = (key: NamedKey): string =>
  `${key.provider}/${key.environment}/${key.label}${key.hint === '' ? '' : ` ••••${key.hint}`}`;

/**
 * The keys that these words mean: one word is a label, else a provider, else an id or the last characters; several words,
 * or one with slashes, must all be of the key.
 */
export function keysMeant<K extends NamedKey>(keys: readonly K[], text: string): readonly K[] {
  const words = text
    .split(/[\s/]+/)
    .map((word) => word.replace(/^•+/, ''))
    .filter((word) => word !== '');
  const [first] = words;
  if (first === undefined) return [];
  const of = (key: K) => [key.label, key.provider, key.environment, key.id, key.hint];
  if (words.length > 1) return keys.filter((key) => words.every((word) => of(key).includes(word)));
  const means = [
    keys.filter((key) => key.label === first),
    keys.filter((key) => key.provider === first),
    keys.filter((key) => key.id === first || key.hint === first),
  ];
  return means.find((found) => found.length > 0) ?? [];
}

/** `{}` is everything; both lists given, both must hold. */
export interface KeyScope {
  readonly channels?: readonly string[];
  readonly crews?: readonly string[];
}

export interface Wanted {
  readonly provider: string;
  readonly environment: string;
  readonly channel: string;
  readonly crew: string;
}

/**
 * The key that a call uses: in scope, the narrowest first (a crew's own, then a channel's), then the oldest, as `keys` are
 * ordered. One that its provider refused is left alone until it was tested again.
 */
export function pickKey<K extends { provider: string; environment: string; health: string; scope: KeyScope }>(
  keys: readonly K[],
  wanted: Wanted,
): K | null {
  const fitting = keys.filter(
    ({ provider, environment, health, scope }) =>
      provider === wanted.provider &&
      environment === wanted.environment &&
      health !== 'failing' &&
      (scope.channels?.includes(wanted.channel) ?? true) &&
      (scope.crews?.includes(wanted.crew) ?? true),
  );
  const narrow = ({ scope }: K) => (scope.crews ? 2 : 0) + (scope.channels ? 1 : 0);
  return fitting.toSorted((a, b) => narrow(b) - narrow(a))[0] ?? null;
}
