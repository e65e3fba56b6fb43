import { memo } from 'react';
import { mutate } from '../api/api';
import { DELETE_MESSAGE } from '../api/operations';
import type { ChatMessage, Sender } from '../api/types';
import type { Entry } from '../chat';
import { money, timeOfDay } from '../format';

interface LineProps {
  entry: Entry;
  canDelete: boolean;
}

/** One line of the chat. Everything people wrote is a text node. */
export const ChatLine = memo(function ChatLine({ entry, canDelete }: LineProps) {
  if (entry.kind === 'deleted') return null;
  const { message } = entry;
  if (message.tipAmount) {
    const { amount, currency } = message.tipAmount;
    return (
      <li className="chat-tip" data-testid="chat-tip">
        <span className="chat-tip-amount">{money(amount, currency)}</span>
        <span className="chat-tip-text">
          <Name sender={message.sender} />
          {message.text ? ` ${message.text}` : ' sent a tip'}
        </span>
        {canDelete && message.text && <Delete message={message} />}
      </li>
    );
  }
  if (message.kind === 'SYSTEM' || message.kind === 'ALERT') {
    return <li className="chat-system" data-testid="chat-message">{message.text}</li>;
  }
  return (
    <li className="chat-message" data-testid="chat-message" data-message-id={message.id}>
      <time dateTime={message.sentAt}>{timeOfDay(message.sentAt)}</time>
      <Name sender={message.sender} /> <span className="chat-text">{message.text}</span>
      {canDelete && <Delete message={message} />}
    </li>
  );
});

function Delete({ message }: { message: ChatMessage }) {
  return (
    <button
      type="button"
      className="chat-delete"
      aria-label={`Delete the message of ${message.sender.name}`}
      onClick={() => void mutate(DELETE_MESSAGE, 'deleteChatMessage', { messageId: message.id })}
      data-testid="chat-delete"
    >
      Delete
    </button>
  );
}

function Name({ sender }: { sender: Sender }) {
  return (
    <>
      {sender.role !== 'VIEWER' && <span className="role">{sender.role === 'STREAMER' ? 'Host' : 'Admin'}</span>}
      <span className={`name name-${tone(sender.accountId)}`}>{sender.name}</span>
    </>
  );
}

/** One of eight name colours, the same for a person everywhere. */
function tone(accountId: string): number {
  let sum = 0;
  for (const char of accountId) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % 8;
}
