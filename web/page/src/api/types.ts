// The parts of the schema that the page asks for. `npm run check-operations` checks the documents
// themselves against the server's schema.

export type StreamStatus =
  | 'SCHEDULED'
  | 'STARTING'
  | 'LIVE'
  | 'INTERRUPTED'
  | 'ENDING'
  | 'ENDED'
  | 'CANCELLED';

export interface UserError {
  code: string;
  field: string | null;
  message: string;
  retryAfter: number | null;
}

export interface Session {
  accessToken: string;
  expiresAt: string;
  refreshToken: string;
  refreshExpiresAt: string;
}

export interface Wallet {
  currency: string;
  balance: string;
  earnings: string;
}

export interface Account {
  id: string;
  name: string;
  roles: ('ADMIN' | 'ANALYST' | 'FINANCE')[];
  wallets: Wallet[];
  channel: { id: string; name: string } | null;
}

export interface Stream {
  id: string;
  title: string;
  description: string;
  category: string;
  tags: string[];
  status: StreamStatus;
  startedAt: string | null;
  viewerCount: number;
}

/** What a channel shows now. Only its owner, and whoever has a ticket, may watch a private one. */
export interface CurrentStream extends Stream {
  visibility: 'PUBLIC' | 'PRIVATE';
}

export interface LiveStream extends Stream {
  channel: { id: string; name: string };
}

export interface StreamKey {
  key: string;
  rtmpUrl: string;
}

export interface Sender {
  accountId: string;
  name: string;
  role: 'ADMIN' | 'STREAMER' | 'VIEWER';
}

export interface ChatMessage {
  id: string;
  position: string;
  kind: 'TEXT' | 'EMOJI' | 'TIP' | 'ALERT' | 'SYSTEM';
  text: string | null;
  sender: Sender;
  sentAt: string;
  isDeleted: boolean;
  tipAmount: { amount: string; currency: string } | null;
}

export interface Channel {
  id: string;
  name: string;
  flvUrl: string;
  owner: { id: string; name: string };
  currentStream: CurrentStream | null;
}

export interface Money {
  amount: string;
  currency: string;
}

export interface TrialRow {
  account: { name: string; kind: string; class: string; owner: { name: string } | null };
  balance: Money;
}

export interface BooksClose {
  through: string;
  closedAt: string;
  closedBy: string | null;
  closedByAccount: { name: string } | null;
  reason: string | null;
  sealedPosition: string;
  trialBalanceDigest: string;
}

export interface Books {
  trialBalance: {
    digest: string;
    totals: { currency: string; debit: string; credit: string }[];
    rows: { nodes: TrialRow[]; pageInfo: { hasNextPage: boolean } };
  };
  closes: { nodes: BooksClose[] };
}

export type PayoutState =
  | 'REQUESTED'
  | 'APPROVED'
  | 'HANDED_OVER'
  | 'SENT'
  | 'SETTLED'
  | 'FAILED'
  | 'CANCELLED';

export interface Payout {
  payoutId: string;
  state: PayoutState;
  amount: Money;
  channel: { name: string } | null;
  requestedAt: string;
  approvedBy: { account: { name: string } | null; part: string | null } | null;
  approvalReason: string | null;
  provider: string | null;
  reference: string | null;
  sentAt: string | null;
  endedAt: string | null;
  endReason: string | null;
  arrivedOn: string | null;
}

export interface PayoutPage {
  nodes: Payout[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
