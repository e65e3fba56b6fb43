// What a Relay app asks for: compiled by relay-compiler, never run.
import { graphql } from "react-relay";

graphql`
  query AppQuery($name: String!) {
    channel(name: $name) {
      ...App_tips
    }
  }
`;

graphql`
  fragment App_tips on Channel
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "AppTipsQuery") {
    tips(first: $first, after: $after) @connection(key: "App_tips") {
      edges {
        node {
          from { name }
          amount { amount currency }
        }
      }
    }
  }
`;

graphql`
  mutation AppMutation($input: SendTipInput!) {
    sendTip(input: $input) {
      tip { id }
      errors { code message }
      position
    }
  }
`;

graphql`
  subscription AppSubscription($channelId: ID!) {
    tips(channelId: $channelId) {
      cursor
      tip { id amount { amount } }
    }
  }
`;
