//! tributary-graphql
