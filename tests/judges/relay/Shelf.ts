// What an app written with Relay asks for. It is compiled, never run: node refetching, pages, edits, live news.
import { graphql } from 'relay-runtime';

graphql`
  query ShelfQuery($first: Int!) {
    viewer {
      id
      ...Shelf_history @arguments(count: $first)
    }
    ...Shelf_rewards @arguments(count: $first)
  }
`;

graphql`
  fragment Shelf_history on Member
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "ShelfHistoryQuery") {
    points { available }
    entries(first: $count, after: $cursor) @connection(key: "Shelf_entries") {
      edges { node { id points why { text(locale: EN) } } }
    }
  }
`;

graphql`
  fragment Shelf_rewards on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "ShelfRewardsQuery") {
    rewards(first: $count, after: $cursor) @connection(key: "Shelf_rewards") {
      edges { node { ...Shelf_reward } }
    }
  }
`;

graphql`
  fragment Shelf_reward on Reward @refetchable(queryName: "ShelfRewardQuery") {
    id
    name(locale: EN)
    points
    whyNot { __typename message ... on InsufficientPoints { missing } }
  }
`;

graphql`
  mutation ShelfRedeemMutation($input: RedeemRewardInput!) {
    redeemReward(input: $input) {
      replayed
      refusal { code message }
    }
  }
`;

graphql`
  subscription ShelfNewsSubscription($after: Int) {
    memberEvents(after: $after) { __typename }
  }
`;
