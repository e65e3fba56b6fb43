import { useSyncExternalStore, type MouseEvent } from 'react';

// Three kinds of address: `/`, `/c/<channel name>` and `/finance`.

const listeners = new Set<() => void>();
addEventListener('popstate', () => {
  for (const listener of listeners) listener();
});

export function channelPath(name: string): string {
  return `/c/${encodeURIComponent(name)}`;
}

export function navigate(path: string): void {
  history.pushState(null, '', path);
  scrollTo(0, 0);
  for (const listener of listeners) listener();
}

/** For links: a plain click stays in the page, every other one is the browser's. */
export function followLink(event: MouseEvent<HTMLAnchorElement>): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!isPlain) return;
  event.preventDefault();
  navigate(event.currentTarget.pathname);
}

function usePath(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => location.pathname,
  );
}

export const FINANCE_PATH = '/finance';

/** Whether the address is that of the books. */
export function useIsFinance(): boolean {
  return usePath().replace(/\/$/, '') === FINANCE_PATH;
}

/** The channel's name in the address, or null for the list. */
export function useChannelName(): string | null {
  const path = usePath();
  const encoded = /^\/c\/([^/]+)\/?$/.exec(path)?.[1];
  if (!encoded) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
