import { expect, test } from 'vitest';
import { toolWhenUsed } from '../../src/tools/when-used.ts';
import { createFetchTool } from '../support/fetch-tool.ts';

test('a tool whose code could not be imported is imported anew the next time, and once', async () => {
  const tool = createFetchTool({ 'https://acme.com/': {} });
  let loads = 0;
  const late = toolWhenUsed(tool.spec, () => {
    loads += 1;
    return loads === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve(tool);
  });
  const run = () => late.run({ url: 'https://acme.com/' }, new AbortController().signal);
  await expect(run()).rejects.toThrow('EMFILE');
  expect(await Promise.all([run(), run()])).toMatchObject([{ ok: true }, { ok: true }]);
  expect(loads).toBe(2);
});
