import type { Json } from '../../core/json.ts';
import type { Job } from '../../queue/port.ts';
import type { Working } from './working.ts';

/** Lets a worker look at a step at `dueAt`; `more` tells it why. */
export const stepJob = (
  work: Pick<Working, 'loaded'>,
  step: string,
  dueAt: number,
  more: { readonly [name: string]: Json } = {},
): Omit<Job, 'id'> => ({
  workspace: work.loaded.row.workspace_id,
  kind: 'step',
  run: work.loaded.row.id,
  payload: { step, ...more },
  dueAt,
});

/** The step that a job is about; null for a job of another kind. */
export const stepOf = (job: Job): string | null =>
  job.kind === 'step' ? (job.payload as { readonly step: string }).step : null;
