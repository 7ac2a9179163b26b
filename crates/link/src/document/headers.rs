//! What a subscription says about itself, in HTTP headers or in comments at its top.

use std::time::Duration;

use crate::Name;
use crate::text::{base64_text, decode_lossy};

/// How many lines at the top of a document may be headers.
const HEADER_LINES: usize = 32;

/// A day more than a year: a longer interval is a mistake.
const MAX_INTERVAL_HOURS: f64 = 24.0 * 366.0;

/// What a subscription says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What it calls itself.
    pub title: Option<Name>,
    /// How often it wants to be fetched again.
    pub update_interval: Option<Duration>,
    /// What is used up of it.
    pub usage: Option<Usage>,
    /// Where its people can be asked; `http`, `https`, `tg` or `mailto`.
    pub support_url: Option<String>,
    /// Its web page; `http` or `https`.
    pub web_page_url: Option<String>,
}

/// What is used up of a subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes used, up and down together.
    pub used: u64,
    /// Bytes in all, where there is a limit.
    pub total: Option<u64>,
    /// When it ends, in seconds since 1970 (UTC), where it does.
    pub expires: Option<u64>,
}

/// Adds what an HTTP answer's headers say; what they say outweighs what the document itself says.
pub fn merge_headers<'a>(about: &mut About, headers: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let mut told = About::default();
    let mut file_name = None;
    for (name, value) in headers {
        if name.trim().eq_ignore_ascii_case("content-disposition") {
            file_name = disposition_name(value);
        } else {
            told.take(name, value);
        }
    }
    let own = std::mem::replace(about, told);
    about.fill_from(own);
    about.title = about.title.take().or(file_name);
}

/// What `#key: value` lines at the top of a text say.
pub(super) fn in_comments(text: &str) -> About {
    let mut about = About::default();
    for line in text.lines().take(HEADER_LINES) {
        let comment = line.trim().trim_start_matches('\u{FEFF}');
        let comment = comment.strip_prefix("//").or_else(|| comment.strip_prefix(['#', ';']));
        if let Some((key, value)) = comment.and_then(|comment| comment.split_once(':')) {
            about.take(key.trim_start_matches('#'), value);
        }
    }
    about
}

// === impl About ===

impl About {
    fn take(&mut self, key: &str, value: &str) {
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "profile-title" => self.title = title(value).or(self.title.take()),
            "profile-update-interval" => {
                self.update_interval = value
                    .parse::<f64>()
                    .ok()
                    .filter(|hours| *hours > 0.0 && *hours <= MAX_INTERVAL_HOURS)
                    .map(|hours| Duration::from_secs_f64((hours * 3600.0).ceil()))
                    .or(self.update_interval);
            }
            "subscription-userinfo" => self.usage = usage(value).or(self.usage),
            "support-url" => self.support_url = address(value, &["https", "http", "tg", "mailto"]),
            "profile-web-page-url" => self.web_page_url = address(value, &["https", "http"]),
            _ => {}
        }
    }

    /// Takes from another what this one does not say.
    pub(super) fn fill_from(&mut self, other: Self) {
        self.title = self.title.take().or(other.title);
        self.update_interval = self.update_interval.or(other.update_interval);
        self.usage = self.usage.or(other.usage);
        self.support_url = self.support_url.take().or(other.support_url);
        self.web_page_url = self.web_page_url.take().or(other.web_page_url);
    }
}

/// A title in clear, percent-encoded, or `base64:…`.
fn title(value: &str) -> Option<Name> {
    match value.strip_prefix("base64:") {
        Some(encoded) => base64_text(encoded.trim()).as_deref().and_then(Name::new),
        None => Name::new(&decode_lossy(value)),
    }
}

/// `upload=1; download=2; total=3; expire=4`. A total or an end of zero means none.
fn usage(value: &str) -> Option<Usage> {
    let mut usage = Usage::default();
    let mut known = false;
    for (key, number) in value.split(';').filter_map(|pair| pair.split_once('=')) {
        // Some panels write floating-point numbers; their fractions of a byte are of no interest.
        let whole = number.trim().split('.').next().unwrap_or("");
        let Ok(number) = whole.parse::<u64>() else { continue };
        match key.trim().to_ascii_lowercase().as_str() {
            "upload" | "download" => usage.used = usage.used.saturating_add(number),
            "total" => usage.total = (number > 0).then_some(number),
            "expire" => usage.expires = (number > 0).then_some(number),
            _ => continue,
        }
        known = true;
    }
    known.then_some(usage)
}

/// An address to show as a link: of one of these schemes, so that a click starts nothing unexpected.
fn address(value: &str, schemes: &[&str]) -> Option<String> {
    let url = url::Url::parse(value).ok()?;
    schemes.contains(&url.scheme()).then(|| url.to_string())
}

/// The file's name in `attachment; filename="a.yaml"` or `filename*=UTF-8''a%20b` (RFC 6266), without its ending.
fn disposition_name(value: &str) -> Option<Name> {
    let mut plain = None;
    for (key, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
        match key.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let encoded = value.trim().trim_matches('"').splitn(3, '\'').nth(2)?;
                return without_ending(&decode_lossy(encoded));
            }
            "filename" => plain = Some(value.trim().trim_matches('"')),
            _ => {}
        }
    }
    plain.and_then(without_ending)
}

fn without_ending(name: &str) -> Option<Name> {
    let endings = [".yaml", ".yml", ".json", ".txt", ".conf"];
    Name::new(endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_headers_outweigh_comments() {
        let mut about =
            in_comments("#profile-title: base64:T3NsbyDwn4ez8J+HtA==\r\n#support-url: javascript:alert(1)\n");
        assert_eq!(about.title, Name::new("Oslo 🇳🇴"));
        assert_eq!(about.support_url, None);
        merge_headers(
            &mut about,
            [
                ("Subscription-Userinfo", "upload=1; download=2.7;total=0; expire=1900000000"),
                ("profile-update-interval", "12"),
                ("content-disposition", "attachment; filename=\"b.yaml\"; filename*=UTF-8''My%20List.yaml"),
                ("support-url", "https://t.me/example"),
            ],
        );
        assert_eq!(about.title, Name::new("Oslo 🇳🇴"));
        assert_eq!(about.usage, Some(Usage { used: 3, total: None, expires: Some(1_900_000_000) }));
        assert_eq!(about.update_interval, Some(Duration::from_hours(12)));
        assert_eq!(about.support_url.as_deref(), Some("https://t.me/example"));

        let mut nameless = About::default();
        merge_headers(&mut nameless, [("Content-Disposition", "attachment; filename*=UTF-8''My%20List.yaml")]);
        assert_eq!(nameless.title, Name::new("My List"));
    }

    #[test]
    fn nonsense_in_headers_is_passed_over() {
        for (key, value) in [
            ("profile-update-interval", "NaN"),
            ("profile-update-interval", "1e99"),
            ("profile-update-interval", "-1"),
            ("subscription-userinfo", "upload=many"),
            ("profile-title", "base64:!!"),
            ("content-disposition", "attachment; filename*=x"),
        ] {
            let mut about = About::default();
            merge_headers(&mut about, [(key, value)]);
            assert_eq!(about, About::default(), "{key}: {value}");
        }
    }
}
