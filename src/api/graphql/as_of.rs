//! `asOf`: which times can be asked for.

use async_graphql::Result;
use chrono::{DateTime, Utc};

use crate::catalog::Catalog;
use crate::openlineage::EventTime;

use super::refs::coded;

/// The event time that an argument `asOf` asks for.
///
/// # Errors
/// `BAD_INPUT` when it lies in the future and after every event: what will be is not known.
pub fn as_of_time(catalog: &Catalog, as_of: Option<DateTime<Utc>>) -> Result<Option<EventTime>> {
    let Some(asked) = as_of else {
        return Ok(None);
    };
    let at = EventTime::from(asked);
    let known = catalog.known();
    let heard = known.is_some_and(|(_, last)| at <= last);
    if asked > Utc::now() && !heard {
        let last = known.map_or_else(
            || "there is no event yet".to_owned(),
            |(_, last)| format!("the last event is of {last}"),
        );
        let message = format!(
            "asOf: {at} lies in the future, and {last}; leave asOf out to ask for the latest"
        );
        return Err(coded("BAD_INPUT", message));
    }
    Ok(Some(at))
}
