//! The browser catalog: the files that `build.rs` made of `ui/`, served from memory.
//!
//! Files with a hash in their names are kept by browsers for a year, the page itself is asked for
//! each time (and answered with 304 when it is the same). A path that is nobody's is a page of the
//! catalog when a browser asks for a page; anything else that is not there stays a 404 as JSON.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::problem;

/// One file of the catalog.
#[derive(Debug)]
struct Asset {
    /// Its path without a slash in front.
    path: &'static str,
    /// In quotes, as HTTP wants it.
    etag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

#[cfg(feature = "ui")]
#[rustfmt::skip]
static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/ui_assets.rs"));

/// Built without the catalog, there is one page that says so.
#[cfg(not(feature = "ui"))]
static ASSETS: &[Asset] = &[Asset {
    path: "index.html",
    etag: concat!("\"plain-", env!("CARGO_PKG_VERSION"), "\""),
    plain: include_bytes!("rest/front_page.html"),
    brotli: None,
    gzip: None,
}];

/// Nothing but what this server sends is loaded, and nothing that is text is run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";
/// The plain page has its style within.
#[cfg(not(feature = "ui"))]
const PLAIN_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// First parts of paths that belong to programs: what is not there is told as JSON, never as a page.
const NOT_PAGES: [&str; 7] = [
    "api",
    "graphql",
    "schema.graphql",
    "metrics",
    "healthz",
    "readyz",
    "assets",
];

/// Adds the catalog to all other routes: it answers what they do not.
pub fn with_pages(routes: Router) -> Router {
    routes.fallback(serve)
}

async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let reads = method == Method::GET || method == Method::HEAD;
    let Some(asset) = find(path, &headers).filter(|_| reads) else {
        return problem::not_found(&uri);
    };
    let mut response = answer(asset, &headers);
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

fn find(path: &str, headers: &HeaderMap) -> Option<&'static Asset> {
    let by_name = |name: &str| ASSETS.iter().find(|asset| asset.path == name);
    if path.is_empty() {
        return by_name("index.html");
    }
    let first = path.split('/').next().unwrap_or_default();
    by_name(path).or_else(|| {
        let page = cfg!(feature = "ui") && !NOT_PAGES.contains(&first) && wants_page(headers);
        page.then(|| by_name("index.html"))?
    })
}

fn list<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn wants_page(headers: &HeaderMap) -> bool {
    list(headers, &header::ACCEPT).any(|kind| kind.starts_with("text/html"))
}

/// Whether an encoding is accepted: named, and not with `q=0`.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    list(headers, &header::ACCEPT_ENCODING).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.parse::<f32>().ok())
            .is_some_and(|q| q <= 0.0);
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

/// Whether the client has the file already: by its tag, weak or strong.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    list(headers, &header::IF_NONE_MATCH)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn answer(asset: &'static Asset, headers: &HeaderMap) -> Response {
    let kept = if asset.path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if is_known(headers, asset.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (encoding, bytes) = encoded(asset, headers);
        let mut response = Response::new(Body::from(bytes));
        let length = HeaderValue::from(bytes.len());
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
        if let Some(encoding) = encoding {
            let encoding = HeaderValue::from_static(encoding);
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, encoding);
        }
        response
    };
    let told = [
        (header::CONTENT_TYPE, content_type(asset.path)),
        (header::CACHE_CONTROL, kept),
        (header::ETAG, asset.etag),
        (header::VARY, "accept-encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        #[cfg(feature = "ui")]
        (header::CONTENT_SECURITY_POLICY, POLICY),
        #[cfg(not(feature = "ui"))]
        (header::CONTENT_SECURITY_POLICY, PLAIN_POLICY),
    ];
    for (name, value) in told {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn encoded(asset: &'static Asset, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    match (asset.brotli, asset.gzip) {
        (Some(bytes), _) if accepts(headers, "br") => (Some("br"), bytes),
        (_, Some(bytes)) if accepts(headers, "gzip") => (Some("gzip"), bytes),
        _ => (None, asset.plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value)| {
            let name: header::HeaderName = header::HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_page_is_answered_to_browsers_alone() {
        let browser = headers(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]);
        let program = headers(&[("accept", "*/*")]);
        assert_eq!(find("", &program).unwrap().path, "index.html");
        let deep = find("dataset", &browser);
        assert_eq!(deep.is_some(), cfg!(feature = "ui"));
        assert!(find("dataset", &program).is_none());
        for path in ["api/v1/nothing", "graphql/x", "assets/gone.js", "metrics/x"] {
            assert!(find(path, &browser).is_none(), "{path}");
        }
    }

    #[test]
    fn encodings_and_tags() {
        assert!(accepts(
            &headers(&[("accept-encoding", "gzip, br;q=0.9")]),
            "br"
        ));
        assert!(!accepts(&headers(&[("accept-encoding", "br;q=0")]), "br"));
        assert!(!accepts(&headers(&[]), "gzip"));
        assert!(is_known(
            &headers(&[("if-none-match", "W/\"a\", \"b\"")]),
            "\"a\""
        ));
        assert!(!is_known(&headers(&[("if-none-match", "\"c\"")]), "\"a\""));
    }
}
