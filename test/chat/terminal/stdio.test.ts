import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createStdio } from '../../../src/chat/terminal/stdio.ts';

test.each([
  ['says its size', { columns: 72, rows: 20 }, [72, 20]],
  ['says 0, as one without a window does', { columns: 0, rows: 0 }, [100, 24]],
  ['says nothing', {}, [100, 24]],
])('a terminal that %s is drawn to at a width to read at', (_, size, drawn) => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, ...size });
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr };
  const io = createStdio(streams, { end: () => {} });
  expect([io.width, io.rows]).toEqual(drawn);
});
