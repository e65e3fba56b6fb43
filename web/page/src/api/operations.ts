// Every GraphQL document of the page. Each is one template literal without interpolation, so that
// dev/check-operations.mjs can read them out of this file.

export const ME = `query Me($atLeast: Position) {
  me(atLeast: $atLeast) { id name roles wallets { currency balance earnings } channel { id name } }
}`;

export const CHANNEL = `query Channel($name: String!, $atLeast: Position) {
  channel(name: $name, atLeast: $atLeast) {
    id name flvUrl owner { id name }
    currentStream { id title description category tags visibility status startedAt viewerCount }
  }
}`;

export const PLAYBACK = `query Playback($channelId: ID!) {
  channel(id: $channelId) { playback { path } }
}`;

export const HEAD = `query Head {
  headPosition
}`;

export const CHAT_HISTORY = `query ChatHistory($channelId: ID!, $atLeast: Position) {
  channel(id: $channelId, atLeast: $atLeast) {
    messages(last: 50) {
      edges {
        cursor
        node { id position kind text sentAt isDeleted sender { accountId name role } tipAmount { amount currency } }
      }
    }
  }
}`;

export const STREAM_KEY = `query StreamKey($channelId: ID!) {
  channel(id: $channelId) { streamKey { key rtmpUrl } }
}`;

export const REGISTER = `mutation Register($input: RegisterInput!) {
  register(input: $input) {
    session { accessToken expiresAt refreshToken refreshExpiresAt }
    errors { code field message retryAfter } position
  }
}`;

export const LOG_IN = `mutation LogIn($input: LogInInput!) {
  logIn(input: $input) {
    session { accessToken expiresAt refreshToken refreshExpiresAt }
    errors { code field message retryAfter } position
  }
}`;

export const REFRESH = `mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    session { accessToken expiresAt refreshToken refreshExpiresAt }
    errors { code field message retryAfter } position
  }
}`;

export const LOG_OUT = `mutation LogOut($input: LogOutInput!) {
  logOut(input: $input) { errors { code field message retryAfter } position }
}`;

export const OPEN_CHANNEL = `mutation OpenChannel($input: OpenChannelInput!) {
  openChannel(input: $input) {
    channel { id name }
    errors { code field message retryAfter } position
  }
}`;

export const ROTATE_KEY = `mutation RotateStreamKey($input: RotateStreamKeyInput!) {
  rotateStreamKey(input: $input) {
    streamKey { key rtmpUrl }
    errors { code field message retryAfter } position
  }
}`;

export const START_STREAM = `mutation StartStream($input: StartStreamInput!) {
  startStream(input: $input) {
    stream { id title description category tags status startedAt viewerCount }
    errors { code field message retryAfter } position
  }
}`;

export const UPDATE_STREAM = `mutation UpdateStream($input: UpdateStreamInput!) {
  updateStream(input: $input) {
    stream { id title description category tags status startedAt viewerCount }
    errors { code field message retryAfter } position
  }
}`;

export const END_STREAM = `mutation EndStream($input: EndStreamInput!) {
  endStream(input: $input) {
    stream { id title description category tags status startedAt viewerCount }
    errors { code field message retryAfter } position
  }
}`;

export const SEND_MESSAGE = `mutation SendChatMessage($input: SendChatMessageInput!) {
  sendChatMessage(input: $input) {
    message { id position kind text sentAt isDeleted sender { accountId name role } }
    errors { code field message retryAfter } position
  }
}`;

export const DELETE_MESSAGE = `mutation DeleteChatMessage($input: DeleteChatMessageInput!) {
  deleteChatMessage(input: $input) {
    messageId
    errors { code field message retryAfter } position
  }
}`;

export const TOP_UP = `mutation TopUp($input: TopUpInput!) {
  topUp(input: $input) {
    wallet { currency balance earnings }
    errors { code field message retryAfter } position
  }
}`;

export const SEND_TIP = `mutation SendTip($input: SendTipInput!) {
  sendTip(input: $input) {
    wallet { currency balance earnings }
    errors { code field message retryAfter } position
  }
}`;

export const LIVE_STREAMS = `subscription LiveStreams {
  liveStreams(first: 50) {
    streams {
      id title description category tags status startedAt viewerCount
      channel { id name }
    }
  }
}`;

export const STREAM_STATE = `subscription StreamState($channelId: ID!) {
  streamState(channelId: $channelId) {
    id name flvUrl owner { id name }
    currentStream { id title description category tags visibility status startedAt viewerCount }
  }
}`;

export const VIEWER_COUNT = `subscription ViewerCount($streamId: ID!) {
  viewerCount(streamId: $streamId) { streamId viewerCount peakViewers }
}`;

export const CHAT = `subscription Chat($channelId: ID!, $after: String) {
  chat(channelId: $channelId, after: $after) {
    cursor deletedMessageId clearedUpto
    message { id position kind text sentAt isDeleted sender { accountId name role } tipAmount { amount currency } }
  }
}`;

export const REACT_TO_STREAM = `mutation ReactToStream($input: ReactToStreamInput!) {
  reactToStream(input: $input) { errors { code field message retryAfter } position }
}`;

export const REACTIONS = `subscription Reactions($channelId: ID!) {
  reactions(channelId: $channelId) { reactions { streamId emoji count } }
}`;

export const BOOKS = `query Books($asOf: LedgerAsOfInput) {
  ledger {
    trialBalance(asOf: $asOf) {
      digest
      totals { currency debit credit }
      rows(first: 100) {
        nodes { account { name kind class owner { name } } balance { amount currency } }
        pageInfo { hasNextPage }
      }
    }
    closes(first: 100) { nodes { through closedAt closedBy closedByAccount { name } reason sealedPosition trialBalanceDigest } }
  }
}`;

export const PAYOUTS = `query Payouts($filter: PayoutFilterInput, $after: String) {
  ledger {
    payouts(first: 25, filter: $filter, after: $after) {
      nodes {
        payoutId state amount { amount currency } channel { name } requestedAt
        approvedBy { account { name } part } approvalReason provider reference sentAt endedAt endReason arrivedOn
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

export const OPEN_POINTS = `query OpenPoints {
  ledger {
    requested: payouts(first: 100, filter: { state: REQUESTED }) { nodes { payoutId } pageInfo { hasNextPage } }
    unanswered: payouts(first: 100, filter: { state: HANDED_OVER }) { nodes { payoutId } pageInfo { hasNextPage } }
    sent: payouts(first: 100, filter: { state: SENT }) { nodes { payoutId } pageInfo { hasNextPage } }
    disputed: disputes(first: 100, filter: { state: OPEN }) { nodes { reference } pageInfo { hasNextPage } }
    owing: disputes(first: 100, filter: { hasReceivable: true }) { nodes { reference } pageInfo { hasNextPage } }
  }
}`;
