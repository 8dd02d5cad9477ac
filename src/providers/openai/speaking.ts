import type { Clock } from '../../clock.ts';
import type { Json } from '../../core/json.ts';
import type { ModelRequest, ProviderFailure } from '../port.ts';

/** One call as it is made in either of the two ways. */
export interface Speaking {
  readonly clock: Clock;
  readonly provider: 'openai' | 'compatible';
  readonly request: ModelRequest;
  /** As the server names it. */
  readonly model: string;
  /** Of the caller and of `stop` together. */
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  /** The server has taken the call. */
  readonly answered: () => void;
  /** Makes an error that came within the reply. */
  readonly stated: (body: Json | undefined) => ProviderFailure;
  /** Makes an error of anything else that was thrown. */
  readonly failed: (error: unknown) => ProviderFailure;
}
