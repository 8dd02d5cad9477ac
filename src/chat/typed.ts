/** A command with its options, for surfaces on which people choose and fill in rather than type. */
export interface TypedCommand {
  /** What is typed for it after `/crew`: `keys add`, `research`; empty: `/crew` alone. */
  readonly words: string;
  readonly summary: string;
  /** A crew; its place among the others follows how much it is used. */
  readonly isCrew: boolean;
  /** It answers where everybody sees it. */
  readonly inThread: boolean;
  readonly opensForm: boolean;
  readonly options: readonly TypedOption[];
}

export interface TypedOption {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  readonly takes:
    | 'text'
    | 'integer'
    | 'number'
    | 'boolean'
    | 'switch'
    | 'person'
    | 'person or role'
    | 'channel'
    | 'file';
  /** null: anything. */
  readonly choices: readonly string[] | null;
  /** Typed as `--name`; else it stands at its place among the words. */
  readonly isFlag: boolean;
  /** What could stand there is asked for while it is typed. */
  readonly suggests: boolean;
}

/** Something that could stand in an option. */
export interface Suggestion {
  readonly label: string;
  readonly value: string;
}

/** Something that can follow what was typed. */
export interface Completion {
  /** The whole line with it. */
  readonly words: string;
  readonly label: string;
  readonly says: string;
}
