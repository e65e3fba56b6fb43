import { useState, type FormEvent } from 'react';
import { showWallet, useAccount } from '../api/account';
import { mutate } from '../api/api';
import { SEND_TIP } from '../api/operations';
import type { Channel, UserError, Wallet } from '../api/types';
import { money } from '../format';
import { Dialog } from './Dialog';
import { Errors, Field, otherErrors } from './Field';
import { TopUp } from './TopUpDialog';

const PRESETS = ['5', '10', '25'];

export function TipDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const wallet = useAccount()?.wallets[0];
  const currency = wallet?.currency ?? 'USD';
  const [amount, setAmount] = useState('5');
  const [message, setMessage] = useState('');
  const [errors, setErrors] = useState<UserError[]>([]);
  const [isBusy, setBusy] = useState(false);

  async function send(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const input = { channelId: channel.id, amount, currency, ...(message && { message }) };
    const payload = await mutate<{ wallet: Wallet }>(SEND_TIP, 'sendTip', input);
    setBusy(false);
    setErrors(payload.errors);
    if (payload.wallet) showWallet(payload.wallet);
    if (payload.errors.length === 0) onClose();
  }

  return (
    <Dialog title={`Tip ${channel.owner.name}`} onClose={onClose}>
      <form onSubmit={(event) => void send(event)} noValidate>
        <div className="presets" role="group" aria-label="Amount">
          {PRESETS.map((preset) => (
            <button
              key={preset}
              type="button"
              aria-pressed={amount === preset}
              onClick={() => setAmount(preset)}
              data-testid={`tip-preset-${preset}`}
            >
              {money(preset, currency)}
            </button>
          ))}
        </div>
        <Field
          label={`Amount in ${currency}`}
          name="amount"
          inputMode="decimal"
          value={amount}
          onChange={(event) => setAmount(event.target.value.replace(',', '.').trim())}
          errors={errors}
          data-testid="tip-amount"
        />
        <Field
          label="Message (optional)"
          name="message"
          value={message}
          onChange={(event) => setMessage(event.target.value)}
          errors={errors}
          data-testid="tip-message"
        />
        <Errors errors={otherErrors(errors, ['amount', 'message'])} />
        <button type="submit" className="tip wide" disabled={isBusy || amount === ''} data-testid="tip-send">
          Send {amount && money(amount, currency)}
        </button>
      </form>
      <p className="wallet-line">
        <span>Your balance</span>
        <strong>{money(wallet?.balance ?? '0', currency)}</strong>
      </p>
      <TopUp />
    </Dialog>
  );
}
