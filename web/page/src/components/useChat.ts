import { useEffect, useReducer, useState } from 'react';
import { query } from '../api/api';
import { follow } from '../api/live';
import { CHAT, CHAT_HISTORY, HEAD } from '../api/operations';
import type { ChatMessage } from '../api/types';
import { entries, reduce, type Entry } from '../chat';

interface Connection<T> {
  edges: { cursor: string; node: T }[];
}
interface History {
  channel: { messages: Connection<ChatMessage> } | null;
}
interface ChatItem {
  chat: { cursor: string; message: ChatMessage | null; deletedMessageId: string | null; clearedUpto: string | null };
}

const HISTORY_RETRY_MS = 3_000;

/** A channel's chat, tips among it, in the order of the log: history first, then live, without a gap. */
export function useChat(channelId: string): { lines: Entry[]; isLoaded: boolean } {
  const [state, dispatch] = useReducer(reduce, new Map<string, Entry>());
  const [isLoaded, setLoaded] = useState(false);

  useEffect(() => {
    const ends: (() => void)[] = [];
    let isOver = false;
    let chatCursor: string | null = null;

    const later = (work: () => void, ms: number): void => {
      const timer = setTimeout(work, ms);
      ends.push(() => clearTimeout(timer));
    };

    const begin = async (): Promise<void> => {
      try {
        // The history holds all up to the head, and the feed goes on from there: nothing said in
        // between is missed, and what comes twice is known by its id.
        const { headPosition } = await query<{ headPosition: string }>(HEAD, {});
        const { channel } = await query<History>(CHAT_HISTORY, { channelId, atLeast: headPosition });
        if (isOver) return;
        chatCursor = headPosition;
        if (channel) dispatch({ kind: 'messages', messages: channel.messages.edges.map((edge) => edge.node) });
      } catch {
        if (!isOver) later(() => void begin(), HISTORY_RETRY_MS);
        return;
      }
      setLoaded(true);
      ends.push(
        follow<ChatItem>(CHAT, {
          variables: () => ({ channelId, after: chatCursor }),
          onItem: ({ chat }) => {
            chatCursor = chat.cursor;
            if (chat.message) dispatch({ kind: 'messages', messages: [chat.message] });
            if (chat.deletedMessageId) dispatch({ kind: 'deleted', messageId: chat.deletedMessageId });
            if (chat.clearedUpto) dispatch({ kind: 'cleared', upto: chat.clearedUpto });
          },
        }),
      );
    };

    void begin();
    return () => {
      isOver = true;
      for (const end of ends) end();
    };
  }, [channelId]);

  return { lines: entries(state), isLoaded };
}
