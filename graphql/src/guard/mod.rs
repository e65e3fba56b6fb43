//! What may be asked at all. [`text`] looks at a query before it is parsed, because the parser
//! recurses as deep as its input nests; [`document`] looks at it before it is validated, because
//! validation follows every fragment at every place where it is spread.

mod document;
mod text;

use crate::Fault;
use crate::api::ApiSettings;
use crate::messages::Sentence;
use async_graphql::Request;

/// Checks a request against the limits, and leaves the parsed query in it.
///
/// # Errors
/// The limit that it is over, or why it is not GraphQL.
pub(crate) fn check(request: &mut Request, settings: &ApiSettings) -> Result<(), Fault> {
    if request.query.trim().is_empty() {
        return Err(Fault::BadInput(Sentence::NoQuery));
    }
    text::check(
        &request.query,
        settings.query_bytes_max,
        settings.nesting_max,
    )?;
    let parsed = async_graphql::parser::parse_query(&request.query).map_err(|error| {
        let detail = error.to_string();
        Fault::NotGraphql(Sentence::NotGraphql { detail })
    })?;
    document::check(&parsed, settings)?;
    request.set_parsed_query(parsed);
    Ok(())
}
