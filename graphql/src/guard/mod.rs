//! What may be asked at all.
//!
//! | before | is checked | because |
//! |---|---|---|
//! | parsing | the query's text ([`text`]), the variables' JSON ([`json`]) | the parser recurses as deep as its input nests, and makes 100 bytes of one |
//! | validation | the document ([`document`]) | validation follows every fragment at every place where it is spread |
//! | execution | the variables ([`variables`]), the cost ([`cost`]) | a document that was validated once is not validated again |

mod cost;
mod document;
mod json;
mod text;
mod variables;

pub(crate) use cost::cost;
pub(crate) use document::{Size, check as check_document, check_together};
pub(crate) use json::check as check_json;
pub(crate) use variables::InputTypes;

use crate::Fault;
use crate::api::ApiSettings;
use crate::messages::Sentence;
use async_graphql::parser::types::ExecutableDocument;

/// Parses a query whose text is within the limits. Gives the number of its tokens, too.
///
/// # Errors
/// The limit that it is over, or why it is not GraphQL.
pub(crate) fn parse(
    query: &str,
    settings: &ApiSettings,
) -> Result<(ExecutableDocument, usize), Fault> {
    if query.trim().is_empty() {
        return Err(Fault::BadInput(Sentence::NoQuery));
    }
    let tokens = text::check(query, settings)?;
    let parsed = async_graphql::parser::parse_query(query).map_err(|error| {
        let detail = error.to_string();
        Fault::NotGraphql(Sentence::NotGraphql { detail })
    })?;
    Ok((parsed, tokens))
}
