import type { Clock } from './clock.ts';
import type { Provider } from './providers/port.ts';
import { providerWhenUsed } from './providers/when-used.ts';

/** Every adapter there is, imported with its first call. */
export function everyProvider(parts: { clock: Clock; fetch: typeof globalThis.fetch }): Provider[] {
  return [
    providerWhenUsed('openai', true, async () => {
      const { createOpenAI } = await import('./providers/openai/index.ts');
      return createOpenAI(parts);
    }),
    providerWhenUsed('anthropic', true, async () => {
      const { createAnthropic } = await import('./providers/anthropic/index.ts');
      return createAnthropic(parts);
    }),
    providerWhenUsed('google', true, async () => {
      const { createGoogle } = await import('./providers/google/index.ts');
      return createGoogle(parts);
    }),
    providerWhenUsed('compatible', false, async () => {
      const { createOpenAI } = await import('./providers/openai/index.ts');
      return createOpenAI({ ...parts, name: 'compatible' });
    }),
    providerWhenUsed('sandbox', false, async () => {
      const { createSandbox } = await import('./providers/sandbox/index.ts');
      return createSandbox();
    }),
  ];
}
