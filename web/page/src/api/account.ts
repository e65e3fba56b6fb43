import { useSyncExternalStore } from 'react';
import { mutate, query } from './api';
import { LOG_OUT, ME } from './operations';
import { forgetSession, isLoggedIn, onSessionChange, storedRefreshToken } from './session';
import type { Account, Wallet } from './types';

// The logged-in account, shared by every component.

const RETRY_MS = 5_000;

/** undefined: not known yet; null: nobody is logged in. */
let account: Account | null | undefined = isLoggedIn() ? undefined : null;
const listeners = new Set<() => void>();

function set(next: Account | null): void {
  account = next;
  for (const listener of listeners) listener();
}

/** Reads the account again, at least as new as `atLeast`, the position of a mutation. */
export async function reloadAccount(atLeast: string | null = null): Promise<void> {
  if (!isLoggedIn()) return set(null);
  try {
    const { me } = await query<{ me: Account | null }>(ME, { atLeast });
    set(me);
  } catch {
    // Keep what is shown; before the first answer, show the page as an anonymous viewer sees it.
    if (account === undefined) set(null);
    if (isLoggedIn()) setTimeout(() => void reloadAccount(atLeast), RETRY_MS);
  }
}

/** Shows a wallet as a mutation has just answered it. */
export function showWallet(wallet: Wallet): void {
  if (!account) return;
  const others = account.wallets.filter((known) => known.currency !== wallet.currency);
  set({ ...account, wallets: [wallet, ...others] });
}

export async function logOut(): Promise<void> {
  const refreshToken = storedRefreshToken();
  if (refreshToken) await mutate(LOG_OUT, 'logOut', { refreshToken });
  forgetSession();
}

onSessionChange(() => void reloadAccount());
void reloadAccount();

export function useAccount(): Account | null | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => account,
  );
}
