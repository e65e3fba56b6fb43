// node-media-server as its README sets it up, on free ports, with the GOP cache on: what
// `cargo xtask bench media` is measured beside. Says `ready <http> <rtmp>` once both listen.
import NodeMediaServer from 'node-media-server';
import { createServer } from 'node:net';

const free = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const [http, rtmp] = [await free(), await free()];
const server = new NodeMediaServer({
  logType: 0,
  rtmp: { port: rtmp, chunk_size: 60000, gop_cache: true, ping: 30, ping_timeout: 60 },
  http: { port: http, allow_origin: '*' },
});
server.run();

const answers = (port) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
while (!(await answers(http))) await new Promise((resolve) => setTimeout(resolve, 20));
console.log(`ready 127.0.0.1:${http} 127.0.0.1:${rtmp}`);
