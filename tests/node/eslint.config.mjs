// graphql-eslint's rules for schemas and for Relay, all of them, on the schema that is served. What is
// switched off or narrowed is so for the reason beside it.
import plugin from "@graphql-eslint/eslint-plugin";

const schema = "../../graphql/schema.graphql";
const rule = (name) => `@graphql-eslint/${name}`;

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: plugin.parser,
      parserOptions: { graphQLConfig: { schema } },
    },
    plugins: { "@graphql-eslint": plugin },
    rules: {
      ...plugin.configs["flat/schema-all"].rules,
      ...plugin.configs["flat/schema-relay"].rules,
      // Fields stand in the order in which a reader wants them: what a thing is before what it comes to.
      [rule("alphabetize")]: "off",
      // A short description stands in one line and a long one in a block, as the exporter writes them.
      [rule("description-style")]: "off",
      // The schema has mutations and subscriptions.
      [rule("no-root-type")]: "off",
      // A client reads what it wrote with `atLeast`, in a query of its own or in the same document.
      [rule("require-field-of-type-query-in-mutation-result")]: "off",
      // The count in `ViewerCount` has the name that it has in `Stream` and `StreamStatistics`.
      [rule("no-typename-prefix")]: "off",
      // A list goes one way, from where it is read: what is newest first forwards, a chat backwards.
      [rule("relay-arguments")]: ["error", { includeBoth: false }],
      // Short lists of values that are bounded (roles, tags, errors) need no pages, and `nodes` saves a level.
      // Points of a chart and lines of a table are no nodes; that all others are, `graphql/tests/schema.rs` says.
      [rule("relay-edge-types")]: [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // What has no identity of its own has no id: parts of a thing, items of a feed, and Relay's own types.
      [rule("strict-id-in-types")]: [
        "error",
        {
          exceptions: {
            suffixes: ["Connection", "Edge", "Event", "Item", "Payload"],
            types: [
              "ActivityPeriod",
              "ActivityTotals",
              "AggregateState",
              "Alert",
              "BooksClose",
              "BusiestMinute",
              "ChannelAnalytics",
              "ChatSender",
              "ChatSettings",
              "ChatStatistics",
              "Chatter",
              "DoneBy",
              "Earnings",
              "EarningsPeriod",
              "FeeIncome",
              "FeeSchedule",
              "Ledger",
              "LedgerAccount",
              "LedgerBook",
              "LedgerPosting",
              "LedgerStatement",
              "LiveStreams",
              "Moderator",
              "Money",
              "PageInfo",
              "PassingReaction",
              "PlatformAnalytics",
              "Playback",
              "ReactionBurst",
              "ReactionCount",
              "ReactionCounts",
              "RecordingAnchor",
              "RecordingPlayback",
              "RetentionPoint",
              "StreamHealthPoint",
              "Room",
              "Session",
              "StatementLine",
              "StreamAnalytics",
              "StreamHealth",
              "StreamHealthWarning",
              "StreamKey",
              "StreamStatistics",
              "TimelinePoint",
              "TipTotal",
              "TopTipper",
              "TrialBalance",
              "TrialBalanceRow",
              "TrialBalanceTotal",
              "UserError",
              "ViewerCount",
            ],
          },
        },
      ],
    },
  },
];
