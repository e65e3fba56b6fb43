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
