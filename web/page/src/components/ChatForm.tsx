import { useRef, useState, type FormEvent } from 'react';
import { useAccount } from '../api/account';
import { mutate } from '../api/api';
import { SEND_MESSAGE } from '../api/operations';
import type { UserError } from '../api/types';
import { useOpenLogin } from '../login';
import { Errors } from './Field';

export function ChatForm({ channelId }: { channelId: string }) {
  const account = useAccount();
  const openLogin = useOpenLogin();
  const [text, setText] = useState('');
  const [errors, setErrors] = useState<UserError[]>([]);
  const [isBusy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  async function send(event: FormEvent) {
    event.preventDefault();
    const sent = text.trim();
    if (sent === '' || isBusy) return;
    setBusy(true);
    const payload = await mutate(SEND_MESSAGE, 'sendChatMessage', { channelId, text: sent });
    setBusy(false);
    setErrors(payload.errors);
    // The message itself arrives by the subscription, as everybody sees it.
    if (payload.errors.length === 0) setText((now) => (now.trim() === sent ? '' : now));
    input.current?.focus();
  }

  if (!account) {
    return (
      <div className="chat-form">
        <button type="button" className="wide" onClick={openLogin} disabled={account === undefined}>
          Log in to chat
        </button>
      </div>
    );
  }
  return (
    <form className="chat-form" onSubmit={(event) => void send(event)}>
      <Errors errors={errors} />
      <div className="chat-row">
        <input
          ref={input}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Say something"
          aria-label="Message"
          aria-invalid={errors.length > 0}
          autoComplete="off"
          enterKeyHint="send"
          data-testid="chat-input"
        />
        <button type="submit" className="primary" disabled={isBusy || text.trim() === ''} data-testid="chat-send">
          Send
        </button>
      </div>
    </form>
  );
}
