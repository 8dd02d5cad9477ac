/**
 * What a surface must know after a restart: what the buttons and forms that it has shown mean, and notes of its own. A token is
 * unguessable and means nothing without this.
 */
export interface Memory {
  /** Gives a token for it, mostly the same one for the same thing. It is kept for at least half of `days` from now. */
  keep(what: object, days: number): Promise<string>;
  /** As it was kept; null: nothing of ours, or too long ago. */
  read(token: string): Promise<unknown>;
  note(name: string): Promise<string | null>;
  setNote(name: string, value: string): Promise<void>;
}
