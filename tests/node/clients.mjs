// The npm clients of graphql-transport-ws and graphql-sse, unmodified, against a server with one channel in
// whose chat "0", "1" and "2" were said. Prints what each of them heard, as one line of JSON.
//
//   node clients.mjs <http://host:port> <access token> <channel id>

import { createClient as createEventClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, token, channel] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
const socketUrl = `${url.replace('http', 'ws')}/graphql/ws`;
const chat = `subscription($channel: ID!, $after: String) {
  chat(channelId: $channel, after: $after) { cursor message { text } }
}`;

const sockets = createSocketClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  keepAlive: 200,
  retryAttempts: 0,
});
const events = createEventClient({ url: `${url}/graphql`, headers: { authorization } });

async function heard(client) {
  const texts = [];
  const variables = { channel, after: '0' };
  for await (const { data } of client.iterate({ query: chat, variables })) {
    texts.push(data.chat.message.text);
    // Leaving the loop is the client's own `complete`.
    if (texts.length === 3) break;
  }
  const names = [];
  for await (const { data } of client.iterate({ query: '{ me { name } }' })) names.push(data.me.name);
  return { texts, names };
}

/** The code of the first error, whether it is thrown or comes as a result. */
async function refused(client) {
  try {
    for await (const { errors } of client.iterate({ query: '{ nonsense }' })) {
      return errors[0].extensions.code;
    }
  } catch (errors) {
    return errors[0].extensions.code;
  }
  return null;
}

async function closedWith(connectionParams) {
  const client = createSocketClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
  try {
    for await (const result of client.iterate({ query: '{ me { name } }' })) return result;
  } catch (closed) {
    return closed.code;
  }
  return null;
}

const verdict = {
  sockets: { ...(await heard(sockets)), refused: await refused(sockets) },
  events: { ...(await heard(events)), refused: await refused(events) },
  badToken: await closedWith({ authorization: 'Bearer nonsense' }),
};
await sockets.dispose();
events.dispose();
console.log(JSON.stringify(verdict));
