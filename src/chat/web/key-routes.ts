import type { Hono } from 'hono';
import { Secret } from '../../core/secret.ts';
import { CrewsmithError } from '../../errors.ts';
import { type KeyForm, keyLinkPath } from '../key-door.ts';
import type { PageEnv } from './env.ts';
import type { PageParts } from './parts.ts';
import { keyFormHtml, keyStoredHtml, refusedHtml } from './welcome-html.ts';

/** A key behind a one-time link (rule K4): looking changes nothing, and what is typed goes nowhere but to the keys. */
export function keyRoutes(app: Hono<PageEnv>, { keyDoor, clock }: PageParts): void {
  const minutesOf = (form: KeyForm) => Math.max(1, Math.ceil((form.until - clock.now()) / 60_000));

  app.get(`${keyLinkPath}:token`, async (context) => {
    const token = context.req.param('token');
    try {
      const form = await keyDoor.look(token);
      return context.html(keyFormHtml(token, form, minutesOf(form), null));
    } catch (error) {
      return context.html(overHtml(error), 410);
    }
  });

  app.post(`${keyLinkPath}:token`, async (context) => {
    const token = context.req.param('token');
    const { secret } = await context.req.parseBody();
    try {
      const key = await keyDoor.use(token, new Secret(typeof secret === 'string' ? secret : ''));
      return context.html(keyStoredHtml(`${key.provider}/${key.label}`));
    } catch (error) {
      if (!(error instanceof CrewsmithError) || error.code === 'link.over')
        return context.html(overHtml(error), 410);
      const form = await keyDoor.look(token).catch(() => null);
      if (form === null) return context.html(overHtml(error), 410);
      return context.html(keyFormHtml(token, form, minutesOf(form), `${error.says} ${error.next}`), 422);
    }
  });
}

/** Anything that was not foreseen is the page's to tell, and to log. */
function overHtml(error: unknown) {
  if (!(error instanceof CrewsmithError)) throw error;
  return refusedHtml('Nothing to type here', error.says, error.next);
}
