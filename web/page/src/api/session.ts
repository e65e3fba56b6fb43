import { ApiError, post } from './http';
import { REFRESH } from './operations';
import type { Session, UserError } from './types';

// The access token lives in memory only. The refresh token lives in localStorage, where all tabs see
// the same one: it may be used once, so whoever refreshes holds a lock over reading, using and replacing it.

const STORED = 'tributary.refreshToken';
const LOCK = 'tributary.refresh';
const REFRESH_EARLY_MS = 30_000;
/** A wrong clock must not make every call refresh. */
const REFRESH_SPACING_MS = 20_000;

let access: { token: string; expiresAtMs: number; obtainedAtMs: number } | null = null;
let running: Promise<string | null> | null = null;
const listeners = new Set<() => void>();

/** Calls `listener` whenever somebody logs in or out, in this tab or another. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isLoggedIn(): boolean {
  return localStorage.getItem(STORED) !== null;
}

/** The refresh token, for `logOut`. */
export function storedRefreshToken(): string | null {
  return localStorage.getItem(STORED);
}

function keep(session: Session): string {
  const now = Date.now();
  access = { token: session.accessToken, expiresAtMs: Date.parse(session.expiresAt), obtainedAtMs: now };
  localStorage.setItem(STORED, session.refreshToken);
  return session.accessToken;
}

function announce(): void {
  for (const listener of listeners) listener();
}

/** Takes over the session that `logIn` or `register` answered with. */
export function logInWith(session: Session): void {
  keep(session);
  announce();
}

/** Forgets the session, here and in the other tabs. */
export function forgetSession(): void {
  access = null;
  localStorage.removeItem(STORED);
  announce();
}

/** A usable access token, refreshed when needed; null when nobody is logged in. */
export async function accessToken(): Promise<string | null> {
  if (!isLoggedIn()) return null;
  const now = Date.now();
  if (access) {
    const isFresh = access.expiresAtMs - now > REFRESH_EARLY_MS;
    if (isFresh || now - access.obtainedAtMs < REFRESH_SPACING_MS) return access.token;
  }
  return refresh();
}

/** Replaces `refused`, a token that the server called unauthenticated. */
export async function replaceToken(refused: string): Promise<string | null> {
  if (access && access.token !== refused) return access.token;
  return refresh();
}

/** One refresh at a time in this tab; the lock sees to the others. */
function refresh(): Promise<string | null> {
  running ??= withLock(rotate).finally(() => {
    running = null;
  });
  return running;
}

async function rotate(): Promise<string | null> {
  const refreshToken = localStorage.getItem(STORED);
  if (!refreshToken) return null;
  try {
    const { refreshSession } = await post<{
      refreshSession: { session: Session | null; errors: UserError[] };
    }>(REFRESH, { input: { refreshToken } }, null);
    if (refreshSession.session) return keep(refreshSession.session);
  } catch (error) {
    // Only a refusal ends a session; an unreachable or busy server does not.
    const isRefusal = error instanceof ApiError && error.code === 'UNAUTHENTICATED';
    if (!isRefusal) throw error;
  }
  if (localStorage.getItem(STORED) === refreshToken) forgetSession();
  return null;
}

/** Browsers offer locks on https and localhost only; elsewhere a tab is protected against itself alone. */
async function withLock(work: () => Promise<string | null>): Promise<string | null> {
  if (!('locks' in navigator)) return work();
  return navigator.locks.request(LOCK, work);
}

addEventListener('storage', (event) => {
  if (event.key !== STORED && event.key !== null) return;
  // Another tab rotated the token: nothing changes here. It logged in or out: follow it.
  if (event.newValue === null || event.oldValue === null) {
    access = null;
    announce();
  }
});
