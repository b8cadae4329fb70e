//! Documents of the Open Data Contract Standard.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::api::problem;
use crate::engine::{Exported, OdcsOf};

use super::Rest;

/// What a document is asked of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    namespace: Option<String>,
    name: Option<String>,
    contract: Option<String>,
}

/// `GET /api/v1/odcs?namespace=…&name=…` or `?contract=…`: a dataset, or all that a contract is
/// about, as a document.
pub async fn document(
    State(rest): State<Rest>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Response {
    let of = match ask {
        Ok(Query(Ask {
            namespace: Some(namespace),
            name: Some(name),
            contract: None,
        })) => OdcsOf::Dataset { namespace, name },
        Ok(Query(Ask {
            namespace: None,
            name: None,
            contract: Some(contract),
        })) => OdcsOf::Contract(contract),
        Ok(_) => return problem::bad_request("give either namespace and name, or contract"),
        Err(error) => return problem::bad_request(error.body_text()),
    };
    match super::blocking(&rest.engine, move |engine| engine.export_odcs(&of)).await {
        Ok(Exported::Document(text)) => {
            ([(header::CONTENT_TYPE, "application/yaml")], text).into_response()
        }
        Ok(Exported::Unknown(reason)) => {
            problem::problem(StatusCode::NOT_FOUND, "not_found", reason)
        }
        Ok(Exported::Refused(reason)) => {
            problem::problem(StatusCode::UNPROCESSABLE_ENTITY, "odcs", reason)
        }
        Err(failed) => failed,
    }
}
