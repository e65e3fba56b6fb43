// A channel's chat: a feed that survives lost connections, and messages that are sent once.

import { setTimeout as pause } from "node:timers/promises";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { ask, done, Fault, Refusal } from "./api.js";
import { ChatDocument, SendMessageDocument, type ChatSubscription } from "./generated.js";
import type { Session } from "./session.js";

export type ChatItem = ChatSubscription["chat"];

/** How long to wait before trying again: longer each time, up to this. */
const LONGEST_PAUSE_MS = 10_000;
const FIRST_PAUSE_MS = 100;
/** How often a message is sent before its sender hears that it could not be. */
const ATTEMPTS = 8;

/** The socket's close code for a token that is no good any more. */
const TOKEN_OVER = 4403;
/** What is worth another try; anything else would be the same the next time. */
const PASSING = new Set(["LAGGED", "OVERLOADED", "RATE_LIMITED", "TIMED_OUT", "UNAVAILABLE", "UNKNOWN_OUTCOME"]);

function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/** Everything behind the cursor or position `after`, each item once, for as long as `signal` lets it. */
export async function* follow(
  session: Session,
  channelId: string,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChatItem, void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      for await (const item of followOnce(session, channelId, after, signal)) {
        yield item;
        after = item.cursor;
        failures = 0;
      }
      if (signal.aborted) return;
    } catch (error) {
      if (signal.aborted) return;
      if (isClose(error) && error.code === TOKEN_OVER) await renewed(session);
      else if (isFinal(error)) throw error instanceof Error ? error : new Error(reason(error));
      console.error(`lost: ${reason(error)}; going on behind ${after ?? "now"}`);
    }
    failures += 1;
    await pause(pauseAfter(failures), undefined, { signal }).catch(() => undefined);
  }
}

async function* followOnce(
  session: Session,
  channelId: string,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChatItem, void> {
  const authorization = `Bearer ${await session.accessToken()}`;
  const client = createClient({
    url: new URL("/graphql/ws", session.site.replace(/^http/, "ws")).href,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    // `follow` reconnects: it knows the newest cursor.
    retryAttempts: 0,
  });
  const stop = () => void client.dispose();
  signal.addEventListener("abort", stop);
  try {
    const query = print(ChatDocument);
    for await (const { data } of client.iterate<ChatSubscription>({ query, variables: { channelId, after } })) {
      if (data) yield data.chat;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await client.dispose();
  }
}

/** Sends a message. However often it has to be sent, it is said once: the id tells the server. */
export async function send(session: Session, channelId: string, text: string): Promise<void> {
  const input = { channelId, text, clientMutationId: crypto.randomUUID() };
  for (let failures = 0; ; ) {
    try {
      const { sendChatMessage } = await ask(session.site, SendMessageDocument, { input }, await session.accessToken());
      done(sendChatMessage);
      return;
    } catch (error) {
      failures += 1;
      if (isFinal(error) || failures === ATTEMPTS) throw error;
      await pause(pauseAfter(failures));
    }
  }
}

/** Exchanges the tokens; where the server cannot be reached, there is another time. */
async function renewed(session: Session): Promise<void> {
  try {
    await session.renew();
  } catch (error) {
    if (isFinal(error)) throw error;
  }
}

function isClose(error: unknown): error is { code: number; reason: string } {
  return typeof error === "object" && error !== null && "code" in error && "reason" in error;
}

/** Whether it would be the same the next time. What is neither an answer nor a close broke on its way. */
function isFinal(error: unknown): boolean {
  // The errors of a subscription come as a list.
  if (Array.isArray(error)) return error.some((one) => !PASSING.has(one.extensions?.code));
  if (error instanceof Fault) return !PASSING.has(error.code);
  // The codes from 4400 on say that what we did is wrong.
  if (isClose(error)) return error.code >= 4400 && error.code !== TOKEN_OVER;
  return error instanceof Refusal;
}

function reason(error: unknown): string {
  if (isClose(error)) return error.reason || `closed with ${error.code}`;
  if (Array.isArray(error)) return error.map(({ message }) => message).join("; ");
  return error instanceof Error ? error.message : "the connection failed";
}
