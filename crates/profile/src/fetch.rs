//! Fetches a subscription's document, within limits that a hostile address cannot move.
//!
//! https, or http with a word about it; [`MOST_BYTES`] after decompression; [`TIME`] in all; five redirects; never to
//! this computer or a local network unless the person typed that host. The system's proxy settings are not looked at:
//! the way is what [`Route`] says. The address is a secret, so no error shows more of it than the host.

mod guard;
mod reach;

use std::net::SocketAddr;
use std::sync::Once;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use paperwing_link::{Login, Secret};
use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Response, StatusCode};
use url::Url;

use self::guard::{PublicOnly, Refusal};
pub use self::reach::Forbidden;
use crate::Trust;

/// The largest document, bytes, after decompression.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;

/// How long a fetch may take in all.
pub const TIME: Duration = Duration::from_secs(30);

/// What to fetch, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The address.
    pub url: Secret,
    /// Who wrote it.
    pub trust: Trust,
    /// Which way to go.
    pub route: Route,
    /// `ETag` of the last answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the last answer.
    pub last_modified: Option<String>,
}

/// Which way a fetch goes.
#[derive(Clone, Debug, Default)]
pub enum Route {
    /// Straight out; names are resolved here.
    #[default]
    Direct,
    /// Through a SOCKS5 proxy, such as the own port; names are resolved behind it.
    Through {
        /// Where it listens.
        address: SocketAddr,
        /// What it asks for (RFC 1929).
        login: Option<Login>,
    },
}

/// What an address answered.
#[derive(Debug)]
pub enum Answer {
    /// A document.
    Fetched(Fetched),
    /// The document is the one that the request's `etag` or `last_modified` name (304).
    NotModified,
}

/// A document, not looked into.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// What it says.
    pub body: Bytes,
    /// `ETag`, to be sent back.
    pub etag: Option<String>,
    /// `Last-Modified`, to be sent back.
    pub last_modified: Option<String>,
    /// The headers in which providers describe a subscription: name in lower case and value.
    pub headers: Vec<(String, String)>,
    /// What the person should know about it.
    pub warning: Option<FetchWarning>,
}

/// What a person should know about a fetch that worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchWarning {
    /// Some of the way was not encrypted.
    #[error("the list came over http: anybody on the way can read and change it")]
    PlainHttp,
}

/// Why there is no document. The last good list stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// It is no address, or one of another scheme.
    #[error("the address must begin with https:// or http:// and name a host")]
    BadUrl,
    /// It points to a place that a received address may not name, itself or by a redirect or its name's addresses.
    #[error("{host} leads to {kind}: only an address that you type yourself may do that")]
    Forbidden {
        /// The host of the address.
        host: String,
        /// Where it leads.
        kind: Forbidden,
    },
    /// It leads to another kind of address.
    #[error("{host} redirects to something that is neither https nor http")]
    BadRedirect {
        /// The host of the address.
        host: String,
    },
    /// Six redirects or more.
    #[error("{host} redirects more than 5 times")]
    TooManyRedirects {
        /// The host of the address.
        host: String,
    },
    /// No connection: the name, the network, or the proxy on the way.
    #[error("{host} cannot be reached: see whether the network is up, or set another fetch_through in settings.toml")]
    Unreachable {
        /// The host of the address.
        host: String,
    },
    /// Its certificate is not good.
    #[error("{host} does not prove who it is: its certificate is not trusted")]
    Untrusted {
        /// The host of the address.
        host: String,
    },
    /// It took too long.
    #[error("{host} took more than 30 s")]
    Timeout {
        /// The host of the address.
        host: String,
    },
    /// It answered with an error.
    #[error("{host} answered {status}{}", meaning(*status))]
    Status {
        /// The host of the address.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The document is larger than [`MOST_BYTES`].
    #[error("{host} answered with more than 10 MiB: that is no list")]
    TooLarge {
        /// The host of the address.
        host: String,
    },
    /// It broke off, or what it said is no HTTP.
    #[error("{host} broke off or answered with something else than HTTP")]
    Broken {
        /// The host of the address.
        host: String,
    },
    /// The document holds nothing.
    #[error("{host} answered with an empty list")]
    Empty {
        /// The host of the address.
        host: String,
    },
    /// A proxy's or the TLS library's settings were refused.
    #[error("the fetch could not be set up: the system's certificates cannot be read")]
    SetUp,
}

/// Headers that are about a subscription; others are the server's own affair.
const DESCRIBING: [&str; 5] =
    ["profile-title", "subscription-userinfo", "profile-update-interval", "content-disposition", "support-url"];

/// Fetches. Cancelled by dropping.
pub async fn fetch(request: &Request) -> Result<Answer, FetchError> {
    let url = Url::parse(request.url.reveal()).map_err(|_| FetchError::BadUrl)?;
    let host = url.host_str().ok_or(FetchError::BadUrl)?.to_owned();
    guard::check(&url, request.trust).map_err(|refusal| match refusal {
        Refusal::Forbidden(kind) => FetchError::Forbidden { host: host.clone(), kind },
        Refusal::Scheme | Refusal::Redirects => FetchError::BadUrl,
    })?;
    let client = client(&url, request)?;
    let fetching = answer(client, url, request, &host);
    tokio::time::timeout(TIME, fetching).await.unwrap_or_else(|_| Err(FetchError::Timeout { host: host.clone() }))
}

async fn answer(client: Client, url: Url, request: &Request, host: &str) -> Result<Answer, FetchError> {
    let is_https = url.scheme() == "https";
    let mut get = client.get(url);
    if let Some(etag) = &request.etag {
        get = get.header(header::IF_NONE_MATCH, etag);
    }
    if let Some(last_modified) = &request.last_modified {
        get = get.header(header::IF_MODIFIED_SINCE, last_modified);
    }
    let response = get.send().await.map_err(|error| why(&error, host))?;
    match response.status() {
        StatusCode::NOT_MODIFIED => return Ok(Answer::NotModified),
        // The client follows those that lead anywhere it can go.
        status if status.is_redirection() => return Err(FetchError::BadRedirect { host: host.to_owned() }),
        status if !status.is_success() => {
            return Err(FetchError::Status { host: host.to_owned(), status: status.as_u16() });
        }
        _ => {}
    }
    let warning = (!is_https || response.url().scheme() != "https").then_some(FetchWarning::PlainHttp);
    let text = |name: HeaderName, headers: &HeaderMap| headers.get(name)?.to_str().ok().map(str::to_owned);
    let headers = describing(response.headers());
    let etag = text(header::ETAG, response.headers());
    let last_modified = text(header::LAST_MODIFIED, response.headers());
    let body = read(response, host).await?;
    if body.trim_ascii().is_empty() {
        return Err(FetchError::Empty { host: host.to_owned() });
    }
    Ok(Answer::Fetched(Fetched { body, etag, last_modified, headers, warning }))
}

/// Counts what comes out of decompression: a small answer can hold a large document.
async fn read(mut response: Response, host: &str) -> Result<Bytes, FetchError> {
    let too_large = || FetchError::TooLarge { host: host.to_owned() };
    if response.content_length().is_some_and(|length| length > MOST_BYTES as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| why(&error, host))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn describing(headers: &HeaderMap) -> Vec<(String, String)> {
    let of = |name: &&str| {
        let value = String::from_utf8_lossy(headers.get(*name)?.as_bytes()).into_owned();
        Some(((*name).to_owned(), value))
    };
    DESCRIBING.iter().filter_map(of).collect()
}

fn client(url: &Url, request: &Request) -> Result<Client, FetchError> {
    static PROVIDER: Once = Once::new();
    // Fails where the program installed one before, which is then the one to use.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));

    let typed = url.host().filter(|_| request.trust == Trust::Typed).map(|host| host.to_owned());
    let typed_localhost = url.domain().filter(|name| typed.is_some() && guard::is_localhost(name)).map(str::to_owned);
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(Policy::custom(move |attempt| guard::follow(attempt, typed.as_ref())))
        // The address is a secret, and where it redirects to is somebody else.
        .referer(false)
        .user_agent(concat!("paperwing/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(PublicOnly { typed_localhost });
    if let Route::Through { address, login } = &request.route {
        let mut proxy = Proxy::all(format!("socks5h://{address}")).map_err(|_| FetchError::SetUp)?;
        if let Some(login) = login {
            proxy = proxy.basic_auth(&login.user, login.password.reveal());
        }
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|_| FetchError::SetUp)
}

/// `reqwest`'s own words hold the address, so only their kind is used.
fn why(error: &reqwest::Error, host: &str) -> FetchError {
    let host = host.to_owned();
    match guard::refusal_in(error) {
        Some(Refusal::Forbidden(kind)) => return FetchError::Forbidden { host, kind },
        Some(Refusal::Redirects) => return FetchError::TooManyRedirects { host },
        Some(Refusal::Scheme) => return FetchError::BadRedirect { host },
        None => {}
    }
    if is_certificate(error) {
        FetchError::Untrusted { host }
    } else if error.is_timeout() {
        FetchError::Timeout { host }
    } else if error.is_connect() {
        FetchError::Unreachable { host }
    } else {
        FetchError::Broken { host }
    }
}

/// TLS errors travel inside `io::Error`s, whose `source` skips what they wrap.
fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => is_certificate(inner),
        None => error.source().is_some_and(is_certificate),
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 | 403 => " (access refused: the address may have been withdrawn)",
        404 | 410 => " (there is no such list)",
        429 => " (asked too often: try later)",
        500..=599 => " (the server is in trouble: try later)",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
