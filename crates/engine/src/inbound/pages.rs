//! The few pages that this port answers with by itself. Nothing of a request is ever echoed in them, and no header lets
//! a web page read them.

use crate::failover::Refusal;

/// An answer that says why there is no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) status: u16,
    /// The status line's words.
    pub(super) phrase: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
    /// A whole header line, where the status asks for one.
    pub(super) header: Option<(&'static str, &'static str)>,
}

const fn page(status: u16, phrase: &'static str, title: &'static str) -> Page {
    Page { status, phrase, title, text: String::new(), header: None }
}

pub(super) const BAD_REQUEST: Page = page(400, "Bad Request", "This is not a request that a proxy can carry.");
pub(super) const NOT_A_WEB_SERVER: Page = page(403, "Forbidden", "This port is a proxy, not a web server.");
pub(super) const LOOP: Page = page(403, "Forbidden", "This request asks the proxy for itself.");
pub(super) const HEAD_TOO_LARGE: Page =
    page(431, "Request Header Fields Too Large", "The request's head is larger than 64 KiB.");
pub(super) const ONLY_HTTP: Page =
    page(501, "Not Implemented", "Only http addresses can be asked for this way; use CONNECT for others.");
pub(super) const TARGET_BROKE_OFF: Page = page(502, "Bad Gateway", "The site broke off.");
pub(super) const LOGIN_NEEDED: Page = Page {
    status: 407,
    phrase: "Proxy Authentication Required",
    title: "This proxy asks for a user name and a password.",
    text: String::new(),
    header: Some(("Proxy-Authenticate", "Basic realm=\"Paperwing\", charset=\"UTF-8\"")),
};

/// The page that says why no proxy carries a request.
pub(super) fn refusal(why: &Refusal) -> Page {
    let (title, text) = match why {
        Refusal::NoProxies => ("There is no proxy to use.", "Add one to Paperwing, then reload this page.".to_owned()),
        Refusal::AllBlocked { retry_in } => (
            "All proxies are blocked, so traffic is stopped.",
            match retry_in {
                Some(wait) if wait.as_secs() > 0 => {
                    format!("The next one is tried again in {} s. Nothing is sent around the proxies.", wait.as_secs())
                }
                _ => "One is being tried again just now. Nothing is sent around the proxies.".to_owned(),
            },
        ),
        Refusal::NoNetwork => {
            ("There is no internet connection.", "No proxy is to blame. Check this computer's network.".to_owned())
        }
        Refusal::SignIn => (
            "This network seems to want you to sign in first.",
            "Something else answers in every proxy's place. Nothing is sent around the proxies, so its page cannot be reached \
             through Paperwing: turn Paperwing off, open any page, sign in, and turn it on again."
                .to_owned(),
        ),
        Refusal::Target(failure) => ("The site could not be reached.", format!("The proxy works, but it {failure}.")),
        Refusal::Proxies(failure) => {
            ("No proxy could carry this request.", format!("The first one tried {failure} (stage: {}).", failure.stage))
        }
    };
    Page { text, ..page(502, "Bad Gateway", title) }
}

impl Page {
    /// The page itself.
    pub(super) fn body(&self) -> String {
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Paperwing</title>\
             <body style=\"font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem\">\
             <h1 style=\"font-size:1.4rem\">{}</h1><p>{}</p></body></html>\n",
            self.title, self.text
        )
    }

    /// Its headers.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ]
        .into_iter()
        .chain(self.header)
    }

    /// The whole answer.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let body = self.body();
        let mut answer = format!("HTTP/1.1 {} {}\r\n", self.status, self.phrase);
        for (name, value) in self.headers() {
            answer.extend([name, ": ", value, "\r\n"]);
        }
        let length = body.len().to_string();
        answer.extend(["Content-Length: ", &length, "\r\n\r\n", &body]);
        answer.into_bytes()
    }
}
