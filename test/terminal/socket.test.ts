import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NoAnswer, type TerminalIO } from '../../src/chat/terminal/session.ts';
import {
  connectToOwner,
  type SessionServer,
  serveSessions,
  socketPath,
} from '../../src/chat/terminal/socket.ts';
import { type End, readToOwner, type SessionRequest } from '../../src/chat/terminal/wire.ts';
import { createFakeTerminal, type FakeTerminal } from '../support/fake-terminal.ts';

let home: string;
let server: SessionServer | undefined;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'crewsmith-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(home, { recursive: true });
});

async function serve(work: (request: SessionRequest, io: TerminalIO) => Promise<End>): Promise<string> {
  const path = socketPath(home);
  server = await serveSessions({ path, driver: 'terminal', serve: work });
  return path;
}

const requestOf = (io: FakeTerminal, words: readonly string[] = ['runs']): SessionRequest => {
  const { interactive, live, color, outColor, width, rows } = io;
  return {
    words,
    files: [],
    crew: null,
    follow: null,
    dedupe: 'd1',
    interactive,
    live,
    color,
    outColor,
    width,
    rows,
  };
};

async function run(path: string, io: FakeTerminal, words?: readonly string[]): Promise<End | 'lost'> {
  const link = await connectToOwner(path);
  if (link === null) throw new Error('nobody listens');
  return await link.run(requestOf(io, words), io);
}

test('a command is carried out over there, and what it says comes out here', async () => {
  const path = await serve(async (request, io) => {
    io.out(`result of ${request.words.join(' ')}\n`);
    io.err(`${io.width} columns\n`);
    return { exit: 4 };
  });
  const io = createFakeTerminal([], { width: 47 });
  expect(await run(path, io, ['runs', 'two\nlines'])).toEqual({ exit: 4 });
  expect(io.written).toEqual({ out: 'result of runs two\nlines\n', err: '47 columns\n' });
});

test('who owns the store is told before anything is sent', async () => {
  const path = await serve(() => Promise.resolve({ exit: 0 }));
  const link = await connectToOwner(path);
  expect(link).toMatchObject({ driver: 'terminal', pid: process.pid });
  link?.close();
});

test('questions reach the person here, and a secret comes back as one', async () => {
  const path = await serve(async (_, io) => {
    const answer = await io.ask('Go on? ', new AbortController().signal);
    const secret = await io.secret('Key', new AbortController().signal);
    io.out(`${answer} ${secret} ${secret.reveal().length}`);
    return { exit: 0 };
  });
  const io = createFakeTerminal(['yes', 'a-secret-of-17-ch']);
  await run(path, io);
  expect(io.asked).toEqual(['Go on? ', 'Key']);
  expect(io.written.out).toBe('yes [secret] 17');
});

test('a question that is taken back over there ends here, and the command goes on', async () => {
  const path = await serve(async (_, io) => {
    const stop = new AbortController();
    const answer = io.ask('Approve? ', stop.signal);
    stop.abort();
    await expect(answer).rejects.toThrow(NoAnswer);
    return { exit: 3 };
  });
  const io = createFakeTerminal([], { interactive: true });
  expect(await run(path, io)).toEqual({ exit: 3 });
});

test('Ctrl-C here is heard over there', async () => {
  const io = createFakeTerminal();
  const path = await serve(async (_, remote) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    remote.onInterrupt(resolve);
    io.interrupt();
    await promise;
    return { exit: 130 };
  });
  expect(await run(path, io)).toEqual({ exit: 130 });
});

test('a terminal that goes away takes its questions with it', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const path = await serve(async (_, io) => {
    await io.ask('Approve? ', io.gone).catch(resolve);
    return { exit: 3 };
  });
  const io = createFakeTerminal();
  const socket = connect(path);
  socket.write(`${JSON.stringify({ type: 'request', v: 1, request: requestOf(io) })}\n`);
  await new Promise((then) => socket.once('data', then));
  socket.destroy();
  expect(await promise).toBeInstanceOf(NoAnswer);
});

test.each([[{}], [[{ field: 'notes', name: 'a.md' }]], ['a.md'], [null]])(
  'what names files in another shape is no request: %j',
  (files) => {
    const request = { ...requestOf(createFakeTerminal()), files };
    expect(readToOwner({ type: 'request', v: 1, request })).toBeNull();
    expect(readToOwner({ type: 'request', v: 1, request: { ...request, files: [] } })).not.toBeNull();
  },
);

test('an owner that vanishes midway is noticed', async () => {
  const path = socketPath(home);
  const dying = createServer((socket) => {
    socket.write(`${JSON.stringify({ type: 'owner', v: 1, driver: 'start', pid: 1 })}\n`);
    socket.once('data', () => socket.destroy());
  });
  await new Promise<void>((then) => dying.listen(path, then));
  expect(await run(path, createFakeTerminal())).toBe('lost');
  await new Promise((then) => dying.close(then));
});

test('closing waits for the commands under way and takes no more', async () => {
  const { promise, resolve } = Promise.withResolvers<End>();
  const path = await serve(() => promise);
  const io = createFakeTerminal();
  const link = await connectToOwner(path);
  const running = link?.run(requestOf(io), io);
  while (server?.sessions() === 0) await new Promise(setImmediate);
  const closed = server?.close();
  expect(await connectToOwner(path)).toBeNull();
  resolve({ left: 'run_1' });
  expect(await running).toEqual({ left: 'run_1' });
  await closed;
});

test.each([
  ['what is not JSON', 'hello\n'],
  ['what is not a message', '[1]\n'],
  ['an unknown message', '{"type":"shutdown"}\n'],
  ['a request of another version', '{"type":"request","v":2,"request":{}}\n'],
  ['a message without an end', 'x'.repeat(4_100_000)],
  ['a request without anything in it', '{"type":"request","v":1}\n'],
  ['a request whose words are none', '{"type":"request","v":1,"request":{"words":"runs"}}\n'],
  ['an answer without words', '{"type":"answer","id":1}\n'],
  ['what is nested without end', `${'['.repeat(1_000_000)}\n`],
])('%s closes the connection and harms nobody else', async (_, bytes) => {
  const path = await serve(() => Promise.resolve({ exit: 0 }));
  const socket = connect(path);
  socket.on('error', () => {});
  socket.resume();
  socket.write(bytes);
  await new Promise((then) => socket.once('close', then));
  expect(await run(path, createFakeTerminal())).toEqual({ exit: 0 });
});

test('the socket is for its owner alone, and one that a dead process left is replaced', async () => {
  const path = socketPath(home);
  await writeFile(path, 'left behind');
  await serve(() => Promise.resolve({ exit: 0 }));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await run(path, createFakeTerminal())).toEqual({ exit: 0 });
});

test('what only has the name of the socket is not talked to', async () => {
  const path = socketPath(home);
  expect(await connectToOwner(path)).toBeNull();
  await writeFile(path, 'a file');
  await chmod(path, 0o600);
  expect(await connectToOwner(path)).toBeNull();
});

test('a path too long for a socket becomes a short one in the temporary folder, the same each time', () => {
  const deep = join(home, 'a'.repeat(100));
  expect(socketPath('/data')).toBe('/data/crewsmith.sock');
  expect(Buffer.byteLength(socketPath(deep))).toBeLessThanOrEqual(100);
  expect(socketPath(deep)).toBe(socketPath(deep));
  expect(socketPath(deep)).not.toBe(socketPath(`${deep}b`));
});

test.each([['a'], ['a'.repeat(100)]])('a link to a data folder leads to its socket', async (name) => {
  const real = join(home, name);
  await mkdir(real);
  await symlink(real, join(home, 'link'));
  expect(socketPath(join(home, 'link'))).toBe(socketPath(real));
});
