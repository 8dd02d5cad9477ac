import type { Card } from '../card.ts';
import type { Form } from '../form.ts';
import type { Spot } from '../port.ts';
import { cardView, formView, type View, workingView } from './form-view.ts';
import { codeOf, type WebApi } from './web-api.ts';

/** The one modal that something somebody did may open: Slack's leave for it lasts three seconds and one use. */
export interface Modal {
  /** Opens it before anything is known, where a form is likely (rule S4). */
  announce(): void;
  /** False: Slack's leave is over, or it will not have it. */
  show(form: Form): Promise<boolean>;
  /** What is said in the place of a form that was announced; false: none was, say it elsewhere. */
  tell(card: Card): Promise<boolean>;
}

export function createModal(parts: {
  readonly api: WebApi;
  readonly trigger: string;
  readonly spot: Spot;
}): Modal {
  const { api, trigger, spot } = parts;
  /** The view that stands open, once Slack has answered; null: it did not open. */
  let opening: Promise<string | null> | null = null;
  let filled = false;

  const open = (view: View): Promise<string | null> =>
    api
      .call('views.open', null, (client) => client.views.open({ trigger_id: trigger, view }), 'prompt')
      .then(({ view: opened }) => opened?.id ?? null)
      .catch(() => null);

  async function put(view: View): Promise<boolean> {
    if (opening === null) {
      opening = open(view);
      filled = (await opening) !== null;
      return filled;
    }
    const id = await opening;
    if (id === null || filled) return false;
    filled = true;
    return await updated(api, id, view);
  }

  return {
    announce() {
      opening ??= open(workingView('One moment', 'This is being looked up…'));
    },
    show: (form) => put(formView(form, spot)),
    tell: async (card) => (opening === null || filled ? false : await put(cardView(card))),
  };
}

/** Puts another view in the place of one that stands open. One that was closed meanwhile has been dealt with. */
export async function updated(api: WebApi, id: string, view: View): Promise<boolean> {
  try {
    await api.call('views.update', null, (client) => client.views.update({ view_id: id, view }), 'twice');
    return true;
  } catch (error) {
    return codeOf(error) === 'not_found';
  }
}
