import { useState } from 'react';
import { showWallet, useAccount } from '../api/account';
import { mutate } from '../api/api';
import { TOP_UP } from '../api/operations';
import type { UserError, Wallet } from '../api/types';
import { money } from '../format';
import { Dialog } from './Dialog';
import { Errors } from './Field';

const AMOUNTS = ['10', '25', '100'];

/** Puts play money into a wallet through the sandbox provider. */
export function TopUp() {
  const account = useAccount();
  const [errors, setErrors] = useState<UserError[]>([]);
  const [isBusy, setBusy] = useState(false);
  const wallet = account?.wallets[0];
  const currency = wallet?.currency ?? 'USD';

  async function add(amount: string) {
    setBusy(true);
    const payload = await mutate<{ wallet: Wallet }>(TOP_UP, 'topUp', { amount, currency });
    setBusy(false);
    setErrors(payload.errors);
    if (payload.wallet) showWallet(payload.wallet);
  }

  return (
    <div className="top-up">
      <p className="hint">Top up with play money from the sandbox. No card is charged.</p>
      <div className="presets">
        {AMOUNTS.map((amount) => (
          <button key={amount} type="button" disabled={isBusy} onClick={() => void add(amount)} data-testid={`top-up-${amount}`}>
            + {money(amount, currency)}
          </button>
        ))}
      </div>
      <Errors errors={errors} />
    </div>
  );
}

export function TopUpDialog({ onClose }: { onClose: () => void }) {
  const wallet = useAccount()?.wallets[0];
  return (
    <Dialog title="Your wallet" onClose={onClose}>
      <p className="sum">{money(wallet?.balance ?? '0', wallet?.currency ?? 'USD')}</p>
      <TopUp />
    </Dialog>
  );
}
