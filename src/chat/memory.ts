/**
 * What a surface must know after a restart: what the buttons and forms that it has shown mean, and notes of its own. A token is
 * unguessable and means nothing without this.
 */
export interface Memory {
  /** The same thing has the same token for as long as this process remembers it. It is kept so many days. */
  keep(what: object, days: number): Promise<string>;
  /** As it was kept; null: nothing of ours, or too long ago. */
  read(token: string): Promise<unknown>;
  note(name: string): Promise<string | null>;
  setNote(name: string, value: string): Promise<void>;
}
