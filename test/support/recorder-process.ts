/**
 * The recorder as a process of its own, which outlives the crashes of the process under test. Prints its port.
 * POST /post, /edit, /find as `recorder-client.ts` sends them; GET /all; POST /hold lets requests arrive and keeps their
 * answers back until POST /release.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Card } from '../../src/chat/card.ts';
import { type Place, SurfaceFailure } from '../../src/chat/port.ts';
import { createRecorder } from './recorder.ts';

interface Asked {
  readonly card: Card;
  readonly place: Place;
  readonly dedupe: string;
  readonly address: string;
}

const recorder = createRecorder();
let held = Promise.withResolvers<void>();
held.resolve();

async function answer(request: IncomingMessage): Promise<unknown> {
  const asked = async () => (await json(request)) as Asked;
  switch (request.url) {
    case '/post': {
      const { card, place, dedupe } = await asked();
      return { address: await recorder.post(card, place, dedupe) };
    }
    case '/edit': {
      const { card, place, address } = await asked();
      await recorder.edit(card, place, address);
      return {};
    }
    case '/find': {
      const { place, dedupe } = await asked();
      return await recorder.find(place, dedupe);
    }
    case '/all':
      return { messages: recorder.messages(), arrivals: recorder.arrivals, mistakes: recorder.mistakes };
    case '/hold':
      held = Promise.withResolvers<void>();
      return {};
    case '/release':
      held.resolve();
      return {};
    default:
      throw new SurfaceFailure(`There is nothing at ${request.url}.`, { sent: 'no', again: false });
  }
}

const server = createServer((request, response) => {
  answer(request).then(
    async (body) => {
      if (request.url === '/post' || request.url === '/edit') await held.promise;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    },
    (error: unknown) => {
      response.statusCode = 400;
      response.end(JSON.stringify({ says: String(error) }));
    },
  );
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
