// Serves the built page with a server that only pretends: state in memory, a test picture from ffmpeg.
//   npm run build && npm run mock [-- folder of the built page]
// Prints its address. Log in as anybody with any password of 8 characters or more.
// POST /mock/<trick> plays tricks on the page; see `tricks` below.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { account, mutations, queries, subscriptions, tricks } from './mock-state.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const pages = resolve(process.argv[2] ?? join(here, '../dist'));
const schema = buildSchema(readFileSync(join(here, 'schema.graphql'), 'utf8'));
const policy = /CONTENT_SECURITY_POLICY: &str = "([^"]*)"/
  .exec(readFileSync(join(here, '../../src/lib.rs'), 'utf8'))[1]
  .replace(/\\\n\s*/g, '');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

// graphql-js gives a root field its arguments and the context; the account comes from the token.
const rootValue = { ...queries, ...mutations };
const contextOf = (header) => ({ account: account(header?.replace('Bearer ', '')) });

function sendFile(response, name) {
  const path = join(pages, name);
  if (!path.startsWith(pages) || !existsSync(path)) return response.writeHead(404).end('not found');
  response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain');
  response.setHeader('content-security-policy', policy);
  response.end(readFileSync(path));
}

function sendVideo(response) {
  const args =
    '-loglevel error -re -f lavfi -i testsrc2=size=640x360:rate=30 -f lavfi -i sine=frequency=330:sample_rate=48000 ' +
    '-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 60 -b:v 900k -c:a aac -f flv -';
  const ffmpeg = spawn('ffmpeg', args.split(' '), { stdio: ['ignore', 'pipe', 'inherit'] });
  response.setHeader('content-type', 'video/x-flv');
  ffmpeg.stdout.pipe(response);
  videos.add(response);
  response.on('close', () => {
    videos.delete(response);
    ffmpeg.kill('SIGKILL');
  });
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

const videos = new Set();
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://mock');
  if (pathname === '/graphql') {
    const { query, variables, operationName } = await body(request);
    const contextValue = contextOf(request.headers.authorization);
    const answer = await graphql({ schema, source: query, variableValues: variables, operationName, rootValue, contextValue });
    response.setHeader('content-type', 'application/graphql-response+json');
    return response.end(JSON.stringify(answer));
  }
  if (pathname.startsWith('/live/')) return sendVideo(response);
  if (pathname.startsWith('/mock/')) {
    const trick = pathname.slice('/mock/'.length);
    if (trick === 'drop-sockets') for (const socket of sockets.clients) socket.terminate();
    else if (trick === 'drop-video') for (const video of videos) video.destroy();
    else if (trick === 'videos') return response.end(String(videos.size));
    else return response.end(JSON.stringify(tricks[trick]?.(await body(request)) ?? null));
    return response.end('done');
  }
  if (pathname === '/' || pathname.startsWith('/c/')) return sendFile(response, 'index.html');
  if (pathname === '/graphiql') return sendFile(response, 'graphiql.html');
  return sendFile(response, pathname);
});

const sockets = new WebSocketServer({ server, path: '/graphql/ws' });
useServer(
  {
    schema,
    roots: { subscription: subscriptions },
    context: ({ connectionParams }) => contextOf(connectionParams?.authorization),
  },
  sockets,
);
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
