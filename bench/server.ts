import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider that answers at once, in a process of its own. Says its port on standard output. */
const text = JSON.stringify({ text: 'Three words suffice.' });
const message = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
};
const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 0,
  model: 'gpt-6-luna',
  status: 'completed',
  incomplete_details: null,
  error: null,
  output: [message],
  usage: {
    input_tokens: 120,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 12,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 132,
  },
};
const events = [
  { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
  { type: 'response.output_text.delta', delta: text },
  { type: 'response.output_item.done', item: message },
  { type: 'response.completed', response },
];
const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

const server = createServer((request, reply) => {
  request.resume();
  request.on('end', () => {
    if (request.method === 'GET') {
      reply.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[]}');
      return;
    }
    reply.writeHead(200, { 'content-type': 'text/event-stream' }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
