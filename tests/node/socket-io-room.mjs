// A room that everybody is in, as Socket.IO's documentation has it: what `cargo xtask bench fanout` measures
// beside our own. It is told how many messages to send on its standard input.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { performance } from "node:perf_hooks";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });
const microseconds = () =>
  Math.round((performance.timeOrigin + performance.now()) * 1_000).toString().padStart(20, "0");
const publish = () =>
  io.emit("message", {
    cursor: "MDAwMDAwMDAwMDAwMDAwMA",
    message: { text: `t:${microseconds()} ${"x".repeat(56)}`, sender: { name: "streamer", role: "STREAMER" } },
  });

http.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${http.address().port}`));

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [command, first, second] = line.split(" ");
    if (command === "inject") {
      for (let n = 0; n < Number(first); n += 1) publish();
    } else if (command === "pace") {
      const began = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = Math.min(Number(second), Math.floor(((performance.now() - began) * Number(first)) / 1_000));
        for (; sent < due; sent += 1) publish();
        if (sent >= Number(second)) clearInterval(timer);
      }, 1);
    }
  })
  .on("close", () => process.exit(0));
