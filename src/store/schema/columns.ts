/** Sortable, typed by its prefix. */
export type Id = string;
/** UTC milliseconds. */
export type Ms = number;
/** Nano-dollars, below 2^53 (rule M1). */
export type Nano = number;
export type Flag = 0 | 1;
/** JSON as text, so that its bytes stay what they were. */
export type JsonText = string;
