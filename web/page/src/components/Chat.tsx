import { useLayoutEffect, useRef, useState } from 'react';
import { useConnected } from '../api/live';
import type { Channel } from '../api/types';
import { ChatForm } from './ChatForm';
import { ChatLine } from './ChatLine';
import { ReactionBar } from './ReactionBar';
import { useChat } from './useChat';

/** Closer to the end than this counts as reading along. */
const NEAR_END_PX = 60;

export function Chat({ channel, isOwner }: { channel: Channel; isOwner: boolean }) {
  const isConnected = useConnected();
  const { lines, isLoaded } = useChat(channel.id);
  const list = useRef<HTMLOListElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const newest = lines.at(-1)?.id;

  const scrollToEnd = () => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (isAtEnd) scrollToEnd();
  }, [newest, isAtEnd]);

  return (
    <aside className="chat" aria-label="Chat">
      <div className="chat-head">
        <h2>Chat</h2>
        {!isConnected && <span className="list-note" role="status">Reconnecting…</span>}
      </div>
      <ol
        ref={list}
        className="chat-list"
        data-testid="chat-list"
        role="log"
        aria-label="Messages"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
          setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR_END_PX)
        }
      >
        {isLoaded && lines.length === 0 && <li className="chat-empty">Nothing said yet. Say hello.</li>}
        {lines.map((entry) => <ChatLine key={entry.id} entry={entry} canDelete={isOwner} />)}
      </ol>
      {!isAtEnd && (
        <button type="button" className="chat-newer" onClick={scrollToEnd}>Newest messages ↓</button>
      )}
      {channel.currentStream && (
        <ReactionBar channelId={channel.id} streamId={channel.currentStream.id} />
      )}
      <ChatForm channelId={channel.id} />
    </aside>
  );
}
