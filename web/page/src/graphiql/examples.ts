// The tabs that a first visit opens with.

const LIVE = `# Who is live. Ctrl+Enter runs it; Ctrl+Space completes.
query WhoIsLive {
  headPosition
  liveStreams(first: 20, sort: VIEWERS) {
    nodes {
      title category tags viewerCount startedAt
      channel { name flvUrl }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const LOG_IN = `# Put the token into "Headers" below: {"authorization": "Bearer …"}
mutation LogIn($input: LogInInput!) {
  logIn(input: $input) {
    account { id name roles }
    session { accessToken expiresAt }
    errors { code field message }
    position
  }
}
`;

const GO_LIVE = `# Needs a token. Open the channel once, then tell it what is on and start OBS.
mutation OpenChannel {
  openChannel(input: {}) {
    channel { id name flvUrl }
    streamKey { key rtmpUrl }
    errors { code field message }
    position
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

const CHAT = `# A live feed: runs until you stop it. Every item has a cursor; \`after\` resumes behind it.
subscription Chat($channelId: ID!, $after: String) {
  chat(channelId: $channelId, after: $after) {
    cursor
    message { kind text sentAt sender { name role } }
    deletedMessageId
  }
}
`;

export const EXAMPLES = [
  { query: LIVE, variables: null, headers: null },
  { query: LOG_IN, variables: '{\n  "input": { "nameOrEmail": "", "password": "" }\n}', headers: null },
  { query: GO_LIVE, variables: null, headers: '{\n  "authorization": "Bearer "\n}' },
  { query: CHAT, variables: '{\n  "channelId": "",\n  "after": null\n}', headers: null },
];
