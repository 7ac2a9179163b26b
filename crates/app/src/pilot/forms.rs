//! A proxy by hand, changed, and passed on.

use std::rc::Rc;

use paperwing_link::{Expected, Host, LinkError, Login, Name, Part, Port, Protocol, Proxy, Secret, Tls};

use super::cockpit::Answer;
use super::convert::{count, id_text, proxy_id};
use super::{AppError, Cockpit, Code, Draft, DraftProblem, Qr, Shared};

// === impl Cockpit ===

impl Cockpit {
    /// The form for a proxy of the list.
    pub async fn draft(self: Rc<Self>, id: String) -> Answer<Draft> {
        let (name, proxy) = self.whole(&id).await?;
        Ok(draft_of(id, name, &proxy))
    }

    /// Keeps what a form says. Returns its row.
    pub async fn save(self: Rc<Self>, draft: Draft) -> Answer<String> {
        let proxy = proxy_of(&draft).map_err(|problem| problem.message)?;
        let id = draft.id.as_deref().map(proxy_id).transpose()?;
        let saved = self.with_profile(move |profile| {
            if let Some(id) = id {
                profile.replace(id, &proxy)?;
                return Ok(Some(id));
            }
            let added = profile.add(&[proxy], None)?;
            Ok(added.new.first().or(added.known.first()).copied())
        });
        let saved = saved.await?.ok_or_else(AppError::gone)?;
        self.list_changed().await?;
        Ok(id_text(saved))
    }

    /// What is wrong with a form, if anything.
    pub async fn check_draft(self: Rc<Self>, draft: Draft) -> Answer<Option<DraftProblem>> {
        if let Err(problem) = proxy_of(&draft) {
            return Ok(Some(problem));
        }
        let name = draft.name.trim().to_lowercase();
        let taken = |row: &super::Row| row.name.to_lowercase() == name && Some(&row.id) != draft.id.as_ref();
        if draft.id.is_some() && self.rows.borrow().iter().any(taken) {
            let text = format!("the name “{}” is taken: choose another one", draft.name.trim());
            return Ok(Some(problem("name", AppError::new(Code::NameTaken, text).with("name", draft.name.trim()))));
        }
        Ok(None)
    }

    /// A proxy to pass on. One that holds a secret only where the person said that it may be shown.
    pub async fn share(self: Rc<Self>, id: String, reveal: bool) -> Answer<Shared> {
        let row = self.row(&id)?;
        if row.has_secret && !reveal {
            return Err(AppError::new(
                Code::NeedsConsent,
                "the link holds a password: it is shown only when you say so",
            ));
        }
        let (name, proxy) = self.whole(&id).await?;
        let link = proxy.to_link();
        let code = crate::qr(&link)?;
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = dark.map(|(x, y)| if code.is_dark(x, y) { '1' } else { '0' }).collect();
        let qr = Qr { size: count(code.size()), dark };
        Ok(Shared { name, link: link.reveal().to_owned(), secret: row.has_secret, qr })
    }

    /// A proxy's link, for a face that passes it on without showing it.
    pub async fn link(self: Rc<Self>, id: String) -> Answer<Secret> {
        Ok(self.whole(&id).await?.1.to_link())
    }

    async fn whole(&self, id: &str) -> Answer<(String, Proxy)> {
        let id = proxy_id(id)?;
        let read = self.with_profile(move |profile| {
            let entry = profile.entry(id).ok_or(paperwing_profile::ProfileError::NoSuchProxy(id))?;
            Ok((entry.name.clone(), profile.proxy(entry)?))
        });
        read.await
    }
}

fn draft_of(id: String, name: String, proxy: &Proxy) -> Draft {
    let (login, has_fields) = match &proxy.protocol {
        Protocol::Socks5(login) | Protocol::Http(login) => (login.clone(), true),
        Protocol::Https { login, tls } => (login.clone(), *tls == Tls::default()),
        Protocol::Socks4 { user } | Protocol::Socks4a { user } => {
            (user.clone().map(|user| Login { user, password: Secret::new("") }), true)
        }
        _ => (None, false),
    };
    Draft {
        id: Some(id),
        name,
        protocol: proxy.protocol.name().to_owned(),
        host: proxy.host.to_string(),
        port: proxy.port.to_string(),
        username: login.as_ref().map(|login| login.user.clone()).unwrap_or_default(),
        password: login.map(|login| login.password.reveal().to_owned()).unwrap_or_default(),
        link: (!has_fields).then(|| proxy.to_link().reveal().to_owned()),
    }
}

fn proxy_of(draft: &Draft) -> Result<Proxy, DraftProblem> {
    let name = Name::new(draft.name.trim());
    if let Some(link) = &draft.link {
        let proxy: Proxy = link.parse().map_err(|error: LinkError| problem("link", error.into()))?;
        return Ok(Proxy { name: name.or(proxy.name), ..proxy });
    }
    let host = draft.host.trim();
    if host.is_empty() {
        return Err(problem("host", AppError::new(Code::Missing, "the host is missing").with("part", "host")));
    }
    let host: Host = host
        .parse()
        .map_err(|_| problem("host", AppError::new(Code::BadHost, "expected an IP address or a domain name")))?;
    let port: Port = draft
        .port
        .trim()
        .parse()
        .map_err(|_| problem("port", AppError::new(Code::BadPort, "expected a number from 1 to 65535")))?;
    let user = draft.username.clone();
    if user.is_empty() && !draft.password.is_empty() {
        return Err(problem(
            "username",
            AppError::new(Code::Missing, "the user's name is missing").with("part", "username"),
        ));
    }
    let login = (!user.is_empty()).then(|| Login { user: user.clone(), password: Secret::new(draft.password.clone()) });
    let user = (!user.is_empty()).then_some(user);
    let protocol = match draft.protocol.as_str() {
        "socks5" => Protocol::Socks5(login),
        "socks4" => Protocol::Socks4 { user },
        "socks4a" => Protocol::Socks4a { user },
        "http" => Protocol::Http(login),
        "https" => Protocol::Https { login, tls: Tls::default() },
        other => {
            let text = format!("a {other} proxy is added by its link");
            return Err(problem("protocol", AppError::new(Code::UnsupportedProtocol, text).with("protocol", other)));
        }
    };
    let proxy = Proxy { name, host, port, protocol };
    // What a link could not hold could not be kept either: a user's name with a colon for HTTP, for one.
    match proxy.to_link().reveal().parse::<Proxy>() {
        Ok(same) if same.protocol == proxy.protocol => Ok(proxy),
        _ => Err(problem("username", LinkError { part: Part::User, expected: Expected::SendableName }.into())),
    }
}

fn problem(part: &str, message: AppError) -> DraftProblem {
    DraftProblem { part: part.to_owned(), message }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn draft(link: &str) -> Draft {
        let proxy: Proxy = link.parse().unwrap();
        draft_of("1".to_owned(), proxy.label(), &proxy)
    }

    #[test]
    fn a_form_gives_back_the_proxy_that_it_was_made_from() {
        for link in [
            "socks5://ann:hunter2@proxy.example:1080#Oslo",
            "socks4a://ann@192.0.2.1:1080#Riga",
            "http://[2001:db8::1]:8080#Turku",
            "https://ann:p%40ss@proxy.example:443#Umea",
            "trojan://secret@proxy.example:443?sni=other.example#Bergen",
        ] {
            let proxy: Proxy = link.parse().unwrap();
            assert_eq!(proxy_of(&draft(link)).unwrap(), proxy, "{link}");
        }
        assert!(draft("trojan://secret@proxy.example:443#Bergen").link.is_some());
        assert_eq!(draft("socks5://ann:hunter2@h:1").link, None);
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let good = draft("socks5://ann:hunter2@proxy.example:1080#Oslo");
        let part = |draft: Draft| proxy_of(&draft).unwrap_err().part;
        assert_eq!(part(Draft { host: " ".into(), ..good.clone() }), "host");
        assert_eq!(part(Draft { host: "a b".into(), ..good.clone() }), "host");
        assert_eq!(part(Draft { port: "0".into(), ..good.clone() }), "port");
        assert_eq!(part(Draft { username: String::new(), ..good.clone() }), "username");
        assert_eq!(part(Draft { protocol: "vless".into(), ..good.clone() }), "protocol");
        assert_eq!(part(Draft { link: Some("socks5://".into()), ..good }), "link");
    }
}
