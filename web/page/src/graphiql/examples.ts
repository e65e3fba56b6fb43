// The tabs that a first visit opens with, one for each area of the API, in the order of its walk-through.
// dev/check-operations.mjs runs this file and checks each tab's operations and variables against the schema,
// so it stays free of imports. A tab is named after its first operation.

interface Example {
  query: string;
  variables: string | null;
  headers: string | null;
}

const TOKEN = json({ authorization: 'Bearer ' });

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** A tab whose first operation anybody may run. */
function open(query: string, variables: unknown = null): Example {
  return { query, variables: variables === null ? null : json(variables), headers: null };
}

/** A tab that needs an access token under "Headers". */
function signedIn(query: string, variables: unknown = null): Example {
  return { ...open(query, variables), headers: TOKEN };
}

const LIVE = `# Who is live. Ctrl+Enter runs it,
# Ctrl+Space completes.
query WhoIsLive {
  headPosition
  liveStreams(first: 20, sort: VIEWERS) {
    nodes {
      title category tags viewerCount startedAt
      channel { id name flvUrl }
    }
    pageInfo { hasNextPage endCursor }
  }
}

# The same list as it changes, until you stop it.
subscription LiveNow {
  liveStreams(first: 20) {
    streams { title viewerCount channel { name } }
  }
}
`;

const SIGN_IN = `# Copy the accessToken to "Headers" of other tabs:
# {"authorization": "Bearer …"}
# It is good for 15 minutes; a refresh token gets
# the next one, once.
mutation SignIn($input: LogInInput!) {
  logIn(input: $input) {
    account { id name roles }
    session { accessToken expiresAt refreshToken }
    errors { code field message }
    position
  }
}

mutation Refresh($session: RefreshSessionInput!) {
  refreshSession(input: $session) {
    session { accessToken expiresAt refreshToken }
    errors { code message }
  }
}
`;

const CHANNEL = `# A channel, what is on there, and what was. Its
# owner goes live with the mutations, which need
# {"authorization": "Bearer …"} under "Headers".
query ChannelAndStream($name: String!) {
  channel(name: $name) {
    id isLive flvUrl
    currentStream { id title status viewerCount statistics { peakViewers messageCount } }
    streams(first: 10) { nodes { id title status startedAt durationSeconds } }
  }
}

mutation OpenChannel {
  openChannel(input: {}) {
    channel { id name }
    streamKey { key rtmpUrl }
    errors { code field message }
  }
}

mutation StartStream {
  startStream(input: { title: "First light", category: "Music", tags: ["live"] }) {
    stream { id status }
    errors { code field message }
    position
  }
}
`;

const CHAT = `# A live feed: runs until you stop it. Give the last
# cursor as \`after\`, and it goes on behind it, each
# event once; "0" replays everything. Sending needs
# {"authorization": "Bearer …"} under "Headers".
subscription Chat($channelId: ID!, $after: String) {
  chat(channelId: $channelId, after: $after) {
    cursor
    message { id kind text sentAt sender { accountId name role } }
    deletedMessageId
  }
}

mutation Say($channelId: ID!, $text: String!) {
  sendChatMessage(input: { channelId: $channelId, text: $text }) {
    message { id text }
    errors { code field message retryAfter }
    position
  }
}
`;

const MODERATION = `# What a channel's owner and admins do, and see.
query Moderation($channelId: ID!) {
  channel(id: $channelId) {
    restrictions(first: 20) { nodes { kind until reason since account { id name } } }
  }
}

mutation TimeOut($channelId: ID!, $accountId: ID!) {
  timeOutInChannel(
    input: { channelId: $channelId, accountId: $accountId, seconds: 60, reason: "slow down" }
  ) {
    errors { code field message }
    position
  }
}

mutation LiftTimeout($channelId: ID!, $accountId: ID!) {
  liftTimeout(input: { channelId: $channelId, accountId: $accountId }) { errors { code field message } }
}

subscription FollowModeration($channelId: ID!, $after: String) {
  moderationEvents(channelId: $channelId, after: $after) { cursor kind accountId until reason messageId at }
}
`;

const TIPS = `# Amounts are text, never floats. With the same
# clientMutationId a tip is given once, however often
# it is sent: write a new one for every new tip.
query TipsAndWallets {
  me { id name wallets { currency balance earnings } }
}

mutation TopUp {
  topUp(input: { amount: "20.00", currency: "USD", clientMutationId: "my-first-top-up" }) { wallet { balance } errors { code field message } }
}

mutation Tip($tip: SendTipInput!) {
  sendTip(input: $tip) {
    tip { amount { amount currency } fee { amount } net { amount } }
    wallet { balance }
    errors { code field message }
    position
  }
}

subscription MyWalletEvents($after: String) {
  walletEvents(after: $after) { cursor kind amount { amount currency } channelId at }
}
`;

const EVENTS = `# The log: all of it for admins, without names and
# words for analysts, one's own for anyone else.
query Events($filter: EventFilterInput, $after: String) {
  events(filter: $filter, first: 20, after: $after) {
    nodes { position recordedAt type aggregate sequence actor payload }
    pageInfo { hasNextPage endCursor }
  }
}

subscription FollowEvents($filter: EventFilterInput, $after: String) {
  events(filter: $filter, after: $after) { cursor event { position type aggregate payload } }
}
`;

const AS_OF = `# How things stood right after a position of the log,
# or at a time: {"time": "2026-01-31T18:00:00Z"}.
query AsOf($accountId: ID!, $then: AsOfInput!) {
  wallet(accountId: $accountId, currency: "USD", asOf: $then) { balance earnings }
}

query AggregateAsOf($accountId: ID!, $then: AsOfInput!) {
  aggregateState(id: $accountId, asOf: $then) { aggregate asOf events lastRecordedAt state }
}
`;

export const EXAMPLES: Example[] = [
  open(LIVE),
  open(SIGN_IN, { input: { nameOrEmail: '', password: '' }, session: { refreshToken: '' } }),
  open(CHANNEL, { name: '' }),
  open(CHAT, { channelId: '', after: null, text: 'hello' }),
  signedIn(MODERATION, { channelId: '', accountId: '', after: null }),
  signedIn(TIPS, { tip: { channelId: '', amount: '5.00', currency: 'USD', clientMutationId: '' }, after: null }),
  signedIn(EVENTS, { filter: { types: ['stream.*', 'wallet.*'] }, after: null }),
  signedIn(AS_OF, { accountId: '', then: { position: '1' } }),
];
