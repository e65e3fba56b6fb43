// Chats from a terminal: prints what is said in a channel, each line with its cursor, and sends what is typed.
//   CHAT_PASSWORD=… node dist/main.js <site> <name> <channel> [cursor]

import { createInterface } from "node:readline";
import { ask, Refusal } from "./api.js";
import { follow, send, type ChatItem } from "./chat.js";
import { FindChannelDocument } from "./generated.js";
import { Session } from "./session.js";

function line({ cursor, message, deletedMessageId }: ChatItem): string {
  if (message === null) return `${cursor} deleted ${deletedMessageId}`;
  return `${cursor} ${message.sender.name}: ${message.text ?? "(deleted)"}`;
}

async function main(): Promise<void> {
  const [site, name, channelName, cursor] = process.argv.slice(2);
  const password = process.env["CHAT_PASSWORD"];
  if (!site || !name || !channelName || !password) {
    throw new Error("say CHAT_PASSWORD=… node dist/main.js <site> <name> <channel> [cursor]");
  }
  const session = await Session.logIn(site, name, password);
  const { channel, headPosition } = await ask(site, FindChannelDocument, { name: channelName });
  if (channel === null) throw new Error(`there is no channel ${channelName}`);

  const over = new AbortController();
  const typing = async () => {
    for await (const text of createInterface({ input: process.stdin })) {
      await send(session, channel.id, text).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        console.error(`not sent: ${error.message}`);
      });
    }
    over.abort();
  };
  const listening = async () => {
    for await (const item of follow(session, channel.id, cursor ?? headPosition, over.signal)) console.log(line(item));
  };
  await Promise.all([typing(), listening()]);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
