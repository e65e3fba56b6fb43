import { useState } from 'react';
import { logOut, useAccount } from '../api/account';
import { money } from '../format';
import { useOpenLogin } from '../login';
import { FINANCE_PATH, channelPath, followLink } from '../router';
import { Brand } from './Brand';
import { OpenChannel } from './OpenChannel';
import { TopUpDialog } from './TopUpDialog';

export function Header() {
  const account = useAccount();
  const openLogin = useOpenLogin();
  const [isTopUpOpen, setTopUpOpen] = useState(false);
  const wallet = account?.wallets[0];

  return (
    <header className="top">
      <a className="brand" href="/" onClick={followLink} aria-label="Tributary, who is live">
        <Brand />
        <span>Tributary</span>
      </a>
      <nav className="top-actions" aria-label="Account">
        {account && (
          <>
            <button type="button" className="quiet balance" onClick={() => setTopUpOpen(true)} title="Top up">
              <span data-testid="balance">{wallet ? money(wallet.balance, wallet.currency) : money('0', 'USD')}</span>
              <span className="plus" aria-hidden="true">+</span>
            </button>
            {account.roles.includes('FINANCE') && (
              <a className="button quiet" href={FINANCE_PATH} onClick={followLink} data-testid="finance">
                Books
              </a>
            )}
            {account.channel ? (
              <a className="button quiet" href={channelPath(account.channel.name)} onClick={followLink} data-testid="my-channel">
                My channel
              </a>
            ) : (
              <OpenChannel className="quiet" />
            )}
            <span className="who" title={account.name}>{account.name}</span>
            <button type="button" className="quiet" onClick={() => void logOut()} data-testid="log-out">
              Log out
            </button>
          </>
        )}
        {account === null && (
          <button type="button" className="primary" onClick={openLogin} data-testid="login-open">
            Log in
          </button>
        )}
      </nav>
      {isTopUpOpen && <TopUpDialog onClose={() => setTopUpOpen(false)} />}
    </header>
  );
}
