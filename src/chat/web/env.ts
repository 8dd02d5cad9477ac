import type { Context, Env } from 'hono';
import type { Session } from '../sign-in.ts';

/** What a route knows of its request. */
export interface PageEnv extends Env {
  Bindings: {
    readonly incoming: { readonly socket: { readonly remoteAddress?: string | undefined } };
  };
  Variables: {
    session: Session;
    cookie: string;
    /** A part of a page is wanted, not all of it. */
    part: boolean;
  };
}

export type PageContext = Context<PageEnv>;
