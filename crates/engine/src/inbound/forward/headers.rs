//! What a request says to a proxy, turned into what it says to its target.

use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::uri::Scheme;
use hyper::{Request, Uri};

use crate::inbound::pages::{self, Page};
use crate::target::Target;

const HTTP_PORT: u16 = 80;

/// Headers of one hop, besides those that `Connection` names (RFC 9110, 7.6.1). `Upgrade` goes too: what it would lead to
/// is no HTTP.
const HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
];

/// Where a request in absolute form is to go.
pub(super) fn target_of(uri: &Uri) -> Result<Target, Page> {
    let authority = uri.authority().ok_or(pages::NOT_A_WEB_SERVER)?;
    if uri.scheme() != Some(&Scheme::HTTP) {
        return Err(pages::ONLY_HTTP);
    }
    // A port that stands there and is no number must not become the default one.
    let port = match (authority.port(), authority.port_u16()) {
        (None, _) if !authority.as_str().ends_with(':') && has_no_port(authority.as_str()) => HTTP_PORT,
        (_, Some(port)) => port,
        _ => return Err(pages::BAD_REQUEST),
    };
    Target::new(authority.host().as_bytes(), port).map_err(|_| pages::BAD_REQUEST)
}

fn has_no_port(authority: &str) -> bool {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let behind_literal = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    !behind_literal.contains(':')
}

/// Makes of a request in absolute form what its target expects: path and query in the request line, its authority in
/// `Host`, whatever stood there before (RFC 9112, 3.2.2), and nothing that was meant for us.
pub(super) fn to_origin_form<B>(request: &mut Request<B>) -> Result<(), Page> {
    remove_hop_headers(request.headers_mut());
    let authority = request.uri().authority().ok_or(pages::BAD_REQUEST)?.as_str();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = HeaderValue::from_str(host).map_err(|_| pages::BAD_REQUEST)?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // An empty path with a query is written with its slash.
    let path = if path.starts_with('/') || path == "*" { path.to_owned() } else { format!("/{path}") };
    *request.uri_mut() = path.parse().map_err(|_| pages::BAD_REQUEST)?;
    request.headers_mut().insert(HOST, host);
    Ok(())
}

/// Removes what was meant for one hop. What frames a message stays, whatever `Connection` says.
pub(super) fn remove_hop_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| ![HOST, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name))
        .collect();
    for name in named.iter().map(HeaderName::as_str).chain(HOP) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_or_refused_and_never_guessed() {
        let target = |uri: &str| target_of(&uri.parse().unwrap()).map(|target| target.to_string()).ok();
        assert_eq!(target("http://a.example/x").as_deref(), Some("a.example:80"));
        assert_eq!(target("http://u:p@a.example:8080/").as_deref(), Some("a.example:8080"));
        assert_eq!(target("http://[2001:db8::1]/").as_deref(), Some("[2001:db8::1]:80"));
        for uri in ["http://a.example:99999/", "http://a.example:0/", "https://a.example/", "ftp://a.example/", "/x"] {
            assert_eq!(target(uri), None, "{uri}");
        }
    }

    #[test]
    fn what_frames_a_message_cannot_be_named_away() {
        let mut request = Request::get("http://u@a.example:81?q")
            .header("Connection", "close, Host, Content-Length, X-Mine")
            .header("Host", "other.example")
            .header("Content-Length", "3")
            .header("X-Mine", "1")
            .body(())
            .unwrap();
        to_origin_form(&mut request).unwrap();
        assert_eq!(request.uri(), "/?q");
        assert_eq!(request.headers()["host"], "a.example:81");
        assert_eq!(request.headers().len(), 2, "{:?}", request.headers());
    }
}
