import { App, type AppOptions } from '@slack/bolt';
import type { Clock } from '../../clock.ts';

/** Events are redelivered, so their rows come first; not longer than this, or Slack sends them again for nothing (rule S1). */
const eventRowMs = 2_000;

/** Acknowledges an event once it is stored, or its author was told that it could not be. Of a process that is killed before, it comes again. */
export function createSavingApp(options: AppOptions, clock: Clock): App {
  return new (class extends App {
    override async processEvent(event: Parameters<App['processEvent']>[0]): Promise<void> {
      if (event.body.type !== 'event_callback') return await super.processEvent(event);
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(eventRowMs, () => late.resolve());
      try {
        await Promise.race([super.processEvent({ ...event, ack: () => Promise.resolve() }), late.promise]);
        await event.ack();
      } finally {
        cancel();
      }
    }
  })(options);
}
