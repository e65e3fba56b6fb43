// The state and the resolvers of the mock server. It keeps the contract's shapes, not its promises.
import { EventEmitter } from 'node:events';

const bus = new EventEmitter().setMaxListeners(0);
const accounts = new Map();
const channels = new Map();
const accessTokens = new Map();
const refreshTokens = new Map();
let position = 100;
let counter = 0;

const next = () => String(++position);
const id = (kind) => `${kind}-${++counter}`;
const now = () => new Date().toISOString();
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const ok = (payload) => ({ ...payload, errors: [], position: next() });
const refused = (code, message, field = null) => ({ errors: [{ code, message, field, retryAfter: null }], position: null });
const connection = (nodes, cursor) => ({ nodes, edges: nodes.map((node) => ({ node, cursor: cursor(node) })), pageInfo: { hasNextPage: false, hasPreviousPage: false } });

export const account = (token) => accounts.get(accessTokens.get(token)) ?? null;

function addAccount(name, email) {
  const made = {
    id: id('account'), name, email, createdAt: now(), isStreaming: false, roles: [], channel: null,
    wallets: [{ currency: 'USD', balance: '20.00', earnings: '0.00' }],
  };
  accounts.set(made.id, made);
  return made;
}

function addChannel(owner) {
  const made = {
    id: owner.id, name: owner.name, owner, isLive: false, currentStream: null, flvUrl: `/live/${owner.name}.flv`,
    log: [], tipLog: [], key: `live_${Math.random().toString(36).slice(2)}`,
    streamKey: (_, { account }) => (account === owner ? { key: made.key, rtmpUrl: 'rtmp://127.0.0.1:1935/live' } : null),
    messages: ({ last }) => connection(made.log.filter((item) => item.message).map((item) => item.message).slice(-last), (node) => node.position),
    tips: ({ first }) => connection(made.tipLog.map((item) => item.tip).reverse().slice(0, first), (node) => node.position),
  };
  owner.channel = made;
  channels.set(made.id, made);
  return made;
}

function addStream(channel, fields) {
  channel.currentStream = {
    id: id('stream'), channel, description: '', category: '', tags: [], kind: 'VIDEO', visibility: 'PUBLIC',
    status: 'LIVE', startedAt: now(), endedAt: null, viewerCount: 0, ...fields,
  };
  changed(channel);
}

function changed(channel) {
  bus.emit(`state:${channel.id}`, { streamState: channel });
  bus.emit('live', { liveStreams: liveStreams() });
}

const live = () => [...channels.values()].map((channel) => channel.currentStream).filter((stream) => ['LIVE', 'INTERRUPTED'].includes(stream?.status));
const liveStreams = () => ({ streams: live().sort((a, b) => b.viewerCount - a.viewerCount) });

function say(channel, sender, text, kind = 'TEXT', tipAmount = null) {
  const role = sender === channel.owner ? 'STREAMER' : 'VIEWER';
  const at = next();
  const message = { __typename: 'ChatMessage', id: id('message'), position: at, kind, text, sentAt: now(), isDeleted: false, tipAmount, sender: { accountId: sender.id, name: sender.name, role } };
  const item = { cursor: at, message, deletedMessageId: null, clearedUpto: null };
  channel.log.push(item);
  bus.emit(`chat:${channel.id}`, { chat: item });
  return message;
}

function tip(channel, sender, amount, message) {
  const at = next();
  const money = { amount, currency: 'USD' };
  const made = { id: id('tip'), position: at, from: { accountId: sender.id, name: sender.name, role: 'VIEWER' }, amount: money, fee: money, net: money, message, sentAt: now() };
  say(channel, sender, message, 'TIP', money);
  channel.tipLog.push({ cursor: at, tip: made });
  bus.emit(`tips:${channel.id}`, { tips: { cursor: at, tip: made } });
  return made;
}

function session(of) {
  const accessToken = id('access') + Math.random();
  const refreshToken = id('refresh') + Math.random();
  accessTokens.set(accessToken, of.id);
  refreshTokens.set(refreshToken, of.id);
  const minutes = Number(process.env.TOKEN_MINUTES ?? 15);
  return { accessToken, expiresAt: ago(-minutes), refreshToken, refreshExpiresAt: ago(-60 * 24 * 30) };
}

/** What was logged after the cursor, then what happens. */
async function* feed(topic, first) {
  const queue = [...first];
  let wake = () => {};
  const listener = (item) => {
    queue.push(item);
    wake();
  };
  bus.on(topic, listener);
  try {
    for (;;) {
      while (queue.length > 0) yield queue.shift();
      await new Promise((resolve) => (wake = resolve));
    }
  } finally {
    bus.off(topic, listener);
  }
}

export const seen = [];
const missed = (log, after, wrap) => (after ? log.filter((item) => Number(item.cursor) > Number(after)).map(wrap) : []);

export const queries = {
  me: (_, { account }) => account,
  headPosition: () => String(position),
  channel: ({ name, id }) => [...channels.values()].find((channel) => channel.name === name || channel.id === id) ?? null,
  liveStreams: () => connection(liveStreams().streams, (stream) => stream.id),
};

export const mutations = {
  register({ input }) {
    if (input.name.length < 3) return refused('NAME_TOO_SHORT', 'A name has at least 3 characters.', 'name');
    if (!input.email.includes('@')) return refused('INVALID_EMAIL', 'This is no e-mail address.', 'email');
    if (input.password.length < 8) return refused('PASSWORD_TOO_SHORT', 'A password has at least 8 characters.', 'password');
    const made = addAccount(input.name, input.email);
    return ok({ account: made, session: session(made) });
  },
  logIn({ input }) {
    const found = [...accounts.values()].find((known) => known.name === input.nameOrEmail);
    if (!found || input.password.length < 8) return refused('WRONG_CREDENTIALS', 'Name or password is wrong.');
    return ok({ account: found, session: session(found) });
  },
  refreshSession({ input }) {
    const of = refreshTokens.get(input.refreshToken);
    seen.push({ refresh: input.refreshToken, accepted: of !== undefined });
    // Used twice: the family is revoked, as the real server does.
    if (!of) return refused('INVALID_REFRESH_TOKEN', 'The session has ended.');
    refreshTokens.delete(input.refreshToken);
    return ok({ session: session(accounts.get(of)) });
  },
  logOut: ({ input }) => (refreshTokens.delete(input.refreshToken), ok({})),
  openChannel: (_, { account }) => {
    const channel = addChannel(account);
    return ok({ channel, streamKey: null });
  },
  rotateStreamKey: (_, { account }) => {
    account.channel.key = `live_${Math.random().toString(36).slice(2)}`;
    return ok({ streamKey: { key: account.channel.key, rtmpUrl: 'rtmp://127.0.0.1:1935/live' } });
  },
  startStream({ input }, { account }) {
    if (!input.title) return refused('TITLE_MISSING', 'A stream has a title.', 'title');
    addStream(account.channel, { title: input.title, category: input.category, tags: input.tags, status: 'STARTING', startedAt: null });
    return ok({ stream: account.channel.currentStream });
  },
  updateStream({ input: { title, category, tags } }, { account }) {
    Object.assign(account.channel.currentStream, { title, category, tags });
    changed(account.channel);
    return ok({ stream: account.channel.currentStream });
  },
  endStream(_, { account }) {
    account.channel.currentStream = null;
    changed(account.channel);
    return ok({ stream: null });
  },
  sendChatMessage({ input }, { account }) {
    if (input.text.length > 40 && !input.text.includes(' ')) return refused('TOO_LONG', 'A message has at most 500 characters.', 'text');
    return ok({ message: say(channels.get(input.channelId), account, input.text) });
  },
  deleteChatMessage: ({ input }) => (tricks.delete(input), ok({ messageId: input.messageId })),
  reactToStream({ input: { streamId, emoji } }) {
    const of = live().find((stream) => stream.id === streamId);
    if (!of) return refused('STREAM_NOT_OPEN', 'This stream is not under way.', 'streamId');
    bus.emit(`reactions:${of.channel.id}`, { reactions: { reactions: [{ streamId, emoji, count: 1 }] } });
    return ok({ emoji });
  },
  topUp({ input }, { account }) {
    const [wallet] = account.wallets;
    wallet.balance = (Number(wallet.balance) + Number(input.amount)).toFixed(2);
    return ok({ wallet });
  },
  sendTip({ input }, { account }) {
    const [wallet] = account.wallets;
    if (!(Number(input.amount) > 0)) return refused('INVALID_AMOUNT', 'A tip is more than nothing.', 'amount');
    if (Number(wallet.balance) < Number(input.amount)) return refused('INSUFFICIENT_FUNDS', 'Your balance is too small for this tip.', 'amount');
    wallet.balance = (Number(wallet.balance) - Number(input.amount)).toFixed(2);
    return ok({ tip: tip(channels.get(input.channelId), account, Number(input.amount).toFixed(2), input.message), wallet });
  },
};

export const subscriptions = {
  chat({ channelId, after }) {
    seen.push({ chat: channelId, after: after ?? null });
    return feed(`chat:${channelId}`, missed(channels.get(channelId).log, after, (item) => ({ chat: item })));
  },
  tips: ({ channelId, after }) => feed(`tips:${channelId}`, missed(channels.get(channelId).tipLog, after, (item) => ({ tips: item }))),
  reactions: ({ channelId }) => feed(`reactions:${channelId}`, []),
  streamState: ({ channelId }) => feed(`state:${channelId}`, [{ streamState: channels.get(channelId) }]),
  viewerCount({ streamId }) {
    const stream = [...channels.values()].map((channel) => channel.currentStream).find((known) => known?.id === streamId);
    const viewerCount = stream?.viewerCount ?? 0;
    return feed(`viewers:${streamId}`, [{ viewerCount: { streamId, viewerCount, peakViewers: viewerCount } }]);
  },
  liveStreams: () => feed('live', [{ liveStreams: liveStreams() }]),
};

const byName = (name) => [...channels.values()].find((channel) => channel.name === name);

export const tricks = {
  populate() {
    const shows = [
      ['marlowe', 'Late keys: improvised piano until the candle is out', 'Music', ['piano', 'live', 'chill'], 1284, 95],
      ['ada', 'Writing a parser from nothing, one byte at a time', 'Programming', ['rust', 'beginners welcome'], 412, 42],
      ['fjord_cam', 'Harbour at dawn', 'Nature', ['slow', '24/7'], 96, 640],
      ['kitchen.table', 'Sourdough for people who have failed at sourdough before, several times, and are still here', 'Food', ['baking'], 38, 12],
      ['nine_lives', 'No damage run, attempt 214', 'Games', ['speedrun', 'retro', 'challenge', 'english', 'late'], 7, 0],
    ];
    for (const [name, title, category, tags, viewerCount, minutes] of shows) {
      const owner = addAccount(name, `${name}@example.com`);
      const channel = addChannel(owner);
      addStream(channel, { title, category, tags, viewerCount, startedAt: ago(minutes) });
    }
    const ada = byName('ada');
    const people = ['Noor', 'tilda', 'quiet_otter', 'Jonas', 'mei'].map((name) => addAccount(name, `${name}@example.com`));
    const lines = [
      [0, 'does the length prefix come before or after the type byte?'], [-1, 'before! I will draw it in a second'],
      [1, 'this is the best explanation of varints I have seen'], [2, 'hi from Tromsø'], [3, 'would you fuzz this before or after the happy path works'],
      [-1, 'after. But write the limits down first: every length is checked against the bytes left'],
      [4, '<b>not bold</b> <img src=x onerror=alert(1)>'], [0, 'ohh that makes sense now'], [2, 'a-very-long-word-that-does-not-fit-anywhere-because-it-simply-never-ends-and-goes-on'],
    ];
    lines.forEach(([who, text], index) => {
      say(ada, who < 0 ? ada.owner : people[who], text);
      if (index === 5) tip(ada, people[1], '10.00', 'for the varint drawing');
    });
    say(ada, ada.owner, 'Slow mode is on.', 'SYSTEM');
    tip(ada, people[3], '25.00', null);
  },
  clear: () => (channels.clear(), changed({ id: '' })),
  say: ({ channel, name, text }) => say(byName(channel), [...accounts.values()].find((known) => known.name === name), text),
  tip: ({ channel, name, amount }) => tip(byName(channel), [...accounts.values()].find((known) => known.name === name), amount, null),
  status({ channel, status }) {
    const of = byName(channel);
    if (status === null) of.currentStream = null;
    else if (of.currentStream) of.currentStream.status = status;
    else addStream(of, { title: 'Back again', status });
    changed(of);
  },
  viewers({ channel, count }) {
    const stream = byName(channel).currentStream;
    stream.viewerCount = count;
    bus.emit(`viewers:${stream.id}`, { viewerCount: { streamId: stream.id, viewerCount: count, peakViewers: count } });
    changed(byName(channel));
  },
  delete({ messageId }) {
    for (const channel of channels.values()) {
      const item = channel.log.find((known) => known.message?.id === messageId);
      if (!item) continue;
      Object.assign(item.message, { isDeleted: true, text: null });
      const removal = { cursor: next(), message: null, deletedMessageId: messageId };
      channel.log.push(removal);
      bus.emit(`chat:${channel.id}`, { chat: removal });
    }
  },
  seen: () => seen,
};
