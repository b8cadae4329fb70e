//! Requests that pages of other sites make a user's browser send.
//!
//! A page from anywhere may let the browser post plain text to any address that the browser can reach,
//! loopback and intranet among them, and may open a WebSocket there; what it cannot do is read an answer.
//! Browsers tell who asks: in `Sec-Fetch-Site` (the Fetch Metadata specification; sent over TLS and to
//! loopback alone), else in `Origin`. Programs send neither, and nothing changes for them. Reading by
//! GET stays open to all: that is what a link from elsewhere is.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::problem::problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a page is from: `https://catalog.example.com`, in lower case and without the usual port of
/// its scheme, as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// A text that is no origin.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no origin of pages; expected scheme, host and, where it is not the usual one, port, such as https://catalog.example.com"
)]
pub struct NotAnOrigin(String);

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let wrong = || NotAnOrigin(text.to_owned());
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(wrong)?;
        // What one copies from the bar of a browser ends in a slash.
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let strange = |c: char| c.is_whitespace() || c.is_control() || "/?#@*,".contains(c);
        if scheme.is_empty() || authority.is_empty() || authority.contains(strange) {
            return Err(wrong());
        }
        let scheme = scheme.to_ascii_lowercase();
        let authority = bare_authority(&scheme, authority);
        Ok(Self(format!("{scheme}://{authority}")))
    }
}

impl TryFrom<String> for Origin {
    type Error = NotAnOrigin;

    fn try_from(text: String) -> Result<Self, NotAnOrigin> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Origin {
    /// Whether it is where a request with this `Host` goes. The scheme plays no part: a proxy that
    /// ends TLS leaves no sign of it.
    fn is_at(&self, host: &str) -> bool {
        let (scheme, authority) = self.0.split_once("://").unwrap_or_default();
        authority == bare_authority(scheme, host)
    }
}

/// Host and port in lower case, without the port that the scheme has anyway.
fn bare_authority(scheme: &str, authority: &str) -> String {
    let usual = match scheme {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => "",
    };
    let authority = authority.to_ascii_lowercase();
    let bare = authority.strip_suffix(usual).unwrap_or(&authority);
    bare.to_owned()
}

/// Lets a request through, or answers that the page which asks may not.
pub async fn guard(State(allowed): State<Arc<[Origin]>>, request: Request, next: Next) -> Response {
    if changes(request.method(), request.headers())
        && let Some(asks) = foreign(request.headers(), &allowed)
    {
        metrics::counter!("headwater_refused_total", "reason" => "foreign_page").increment(1);
        return problem(StatusCode::FORBIDDEN, "foreign_page", message(&asks));
    }
    next.run(request).await
}

/// Whether a request may change something: all but reading, and a WebSocket, which browsers open for
/// any page and let it read.
fn changes(method: &Method, headers: &HeaderMap) -> bool {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    !reads || headers.contains_key(header::UPGRADE)
}

/// Who asks, when the browser says that it is a page of another site.
fn foreign(headers: &HeaderMap, allowed: &[Origin]) -> Option<String> {
    let told = headers.get(header::ORIGIN);
    let shown = told.map(|told| String::from_utf8_lossy(told.as_bytes()).into_owned());
    let origin: Option<Origin> = shown.as_ref().and_then(|text| text.parse().ok());
    if origin
        .as_ref()
        .is_some_and(|origin| allowed.contains(origin))
    {
        return None;
    }
    let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    let is_foreign = match site {
        Some(b"same-origin" | b"none") => false,
        Some(b"same-site" | b"cross-site") => true,
        // A value of the future tells nothing.
        _ => told.is_some() && !origin.is_some_and(|origin| is_ours(&origin, headers)),
    };
    is_foreign.then(|| shown.unwrap_or_else(|| "not told".to_owned()))
}

fn is_ours(origin: &Origin, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    host.is_some_and(|host| origin.is_at(host))
}

fn message(asks: &str) -> String {
    format!(
        "a page of another site (origin {asks:?}) wants to change something here, or to open a WebSocket; \
         only the pages of this server may. Where that is this server's own address behind a proxy, let \
         the proxy pass on the Host header, or name the origin in allowed_origins of [server] in the \
         settings (HEADWATER_SERVER_ALLOWED_ORIGINS, --allowed-origins)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(pairs: &[(&'static str, &'static str)], allowed: &[&str]) -> Option<String> {
        let pair = |&(name, value)| {
            let name: HeaderName = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        };
        let headers = pairs.iter().map(pair).collect();
        let allowed: Vec<Origin> = allowed.iter().map(|one| one.parse().unwrap()).collect();
        foreign(&headers, &allowed)
    }

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let read = |text: &str| text.parse::<Origin>().map(String::from).ok();
        for (text, expected) in [
            (
                "https://Catalog.example.com/",
                "https://catalog.example.com",
            ),
            (
                "https://catalog.example.com:443",
                "https://catalog.example.com",
            ),
            ("http://catalog:8080", "http://catalog:8080"),
            ("http://[::1]:80", "http://[::1]"),
            ("chrome-extension://abc", "chrome-extension://abc"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "catalog:8080",
            "https://",
            "https://a/b",
            "https://*.a",
            "https://a, https://b",
            "https://me@a",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_origin_is_ours_when_it_is_the_host() {
        let host = ("host", "catalog.example.com");
        for origin in [
            "https://catalog.example.com",
            "http://catalog.example.com:80",
        ] {
            assert_eq!(asks(&[host, ("origin", origin)], &[]), None, "{origin}");
        }
        for origin in [
            "https://catalog.example.com:8443",
            "https://example.com",
            "null",
        ] {
            assert_eq!(
                asks(&[host, ("origin", origin)], &[]),
                Some(origin.to_owned())
            );
        }
        let port = ("host", "Catalog.example.com:80");
        assert_eq!(
            asks(&[port, ("origin", "http://catalog.example.com")], &[]),
            None
        );
        assert!(asks(&[("origin", "http://a")], &[]).is_some(), "no Host");
    }

    #[test]
    fn what_the_browser_says_of_the_site_counts_for_more() {
        let own = [("host", "a:1"), ("origin", "http://a:1")];
        let with = |site| [own[0], own[1], ("sec-fetch-site", site)];
        assert_eq!(asks(&with("same-origin"), &[]), None);
        assert_eq!(asks(&with("none"), &[]), None);
        assert!(asks(&with("cross-site"), &[]).is_some());
        assert!(asks(&with("same-site"), &[]).is_some());
        assert_eq!(asks(&with("of-the-future"), &[]), None);
        let proxied = [
            ("host", "inner"),
            ("origin", "https://outer"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(asks(&proxied, &[]), None);
        let silent = [("host", "a:1"), ("sec-fetch-site", "cross-site")];
        assert_eq!(asks(&silent, &[]).as_deref(), Some("not told"));
    }

    #[test]
    fn origins_that_are_allowed_are_let_in() {
        let outer = [("host", "inner"), ("origin", "https://outer")];
        assert!(asks(&outer, &[]).is_some());
        assert_eq!(asks(&outer, &["https://other", "https://outer:443"]), None);
        let crossing = [outer[0], outer[1], ("sec-fetch-site", "cross-site")];
        assert_eq!(asks(&crossing, &["https://outer"]), None);
        assert!(asks(&outer, &["http://outer"]).is_some(), "another scheme");
    }
}
