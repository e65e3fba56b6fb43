import { createClient, type Client } from 'graphql-ws/client';
import { useSyncExternalStore } from 'react';
import { accessToken, onSessionChange, replaceToken } from './session';

// One socket carries every subscription of the tab. The graphql-ws client would repeat a lost subscription
// with the variables it began with; ours resumes `after` the last cursor, so the retries are done here.

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 15_000;
/** A subscription that ran this long was a good one: the next loss waits the first wait again. */
const GOOD_AFTER_MS = 10_000;
const PING_EVERY_MS = 12_000;
const PONG_WITHIN_MS = 5_000;
/** 4401 and 4403 say that the token was refused, or has expired on an open socket. */
const REFUSED_CODES = [4401, 4403];

let lastToken: string | null = null;
let isRefused = false;
let isConnected = true;
let followers = 0;
const watchers = new Set<() => void>();

function setConnected(next: boolean): void {
  if (next === isConnected) return;
  isConnected = next;
  for (const watcher of watchers) watcher();
}

/** False while a connection that somebody needs is lost. */
export function useConnected(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => isConnected,
  );
}

function connect(): Client {
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  return createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql/ws`,
    lazy: true,
    lazyCloseTimeout: 3_000,
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    connectionParams: async () => {
      lastToken = isRefused && lastToken ? await replaceToken(lastToken) : await accessToken();
      isRefused = false;
      return lastToken ? { authorization: `Bearer ${lastToken}` } : {};
    },
    on: {
      connected: () => setConnected(true),
      closed: (event) => {
        clearTimeout(pongTimer);
        setConnected(followers === 0);
        if (event instanceof CloseEvent && REFUSED_CODES.includes(event.code)) isRefused = true;
      },
      ping: (isReceived) => {
        if (!isReceived) pongTimer = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(pongTimer);
      },
    },
  });
}

const client = connect();
// The server reads the token once, when the socket opens.
onSessionChange(() => client.terminate());
// A laptop that wakes up, or a phone that finds its network again, need not wait for a ping.
addEventListener('online', () => client.terminate());

export interface Follower<T> {
  /** Read anew for every attempt, so that it can name the last cursor. */
  variables: () => Record<string, unknown>;
  onItem: (item: T) => void;
}

/** Follows a subscription until the returned function is called, through every loss of the connection. */
export function follow<T>(query: string, { variables, onItem }: Follower<T>): () => void {
  let isOver = false;
  let failures = 0;
  let begunAtMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = (): void => undefined;

  const again = (): void => {
    if (isOver) return;
    if (performance.now() - begunAtMs > GOOD_AFTER_MS) failures = 0;
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
    failures += 1;
    // Half of the wait is random: the viewers of a restarted server do not all return in one instant.
    timer = setTimeout(begin, ceiling * (0.5 + Math.random() / 2));
  };

  const begin = (): void => {
    begunAtMs = performance.now();
    stop = client.subscribe<T>(
      { query, variables: variables() },
      {
        next: ({ data }) => {
          if (isOver || !data) return;
          failures = 0;
          onItem(data);
        },
        error: again,
        complete: again,
      },
    );
  };

  followers += 1;
  begin();
  return () => {
    isOver = true;
    followers -= 1;
    clearTimeout(timer);
    stop();
  };
}
