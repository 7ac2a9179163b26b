//! A `KConfig` file, of which one group is read and changed and nothing else is touched: comments, order, other groups, line
//! ends stay as they are. Pure.

use std::collections::BTreeMap;

use super::super::desktop::{Changes, Locks, Values};

const GROUP: &str = "[Proxy Settings]";
/// What a group's or a key's name ends with that an administrator has locked.
const LOCKED: &str = "[$i]";

/// The group's keys. Of several with one name the last counts.
pub(super) fn values(text: &str) -> Values {
    let of_group = Line::all(text).into_iter().filter(|line| line.is_in_group);
    of_group.filter_map(|line| line.entry()).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Whether an administrator does not let the group, or a key of it, be changed.
pub(super) fn is_locked(text: &str) -> bool {
    let is_lock = |line: &Line<'_>| {
        let is_group = line.text.trim().strip_prefix(GROUP).is_some_and(|rest| rest.contains(LOCKED));
        is_group || line.is_in_group && line.entry().is_some_and(|(key, _)| key.ends_with(LOCKED))
    };
    is_whole_file(text) || Line::all(text).iter().any(is_lock)
}

/// What the files of administrators lock, in the order in which they are read: the first lock holds.
pub(super) fn locks(texts: impl IntoIterator<Item = String>) -> Locks {
    let mut entries: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut are_all = false;
    for text in texts {
        if are_all {
            break;
        }
        are_all = is_whole_file(&text);
        let mut is_in_group = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                let options = line.strip_prefix(GROUP).filter(|rest| rest.is_empty() || rest.starts_with("[$"));
                is_in_group = options.is_some();
                are_all |= options == Some(LOCKED);
                continue;
            }
            let entry = line.split_once('=').filter(|_| is_in_group && !line.starts_with('#'));
            let Some((key, value)) = entry else { continue };
            let (key, options) = key.split_once("[$").unwrap_or((key, ""));
            let is_free = entries.get(key.trim()).is_none_or(|(_, is_locked)| !is_locked);
            if is_free {
                entries.insert(key.trim().to_owned(), (value.trim().to_owned(), options.contains('i')));
            }
        }
    }
    let locked = entries.into_iter().filter(|(_, (_, is_locked))| *is_locked || are_all);
    Locks { keys: locked.map(|(key, (value, _))| (key, Some(value))).collect(), are_all }
}

fn is_whole_file(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.trim() == LOCKED)
}

/// The file with keys of the group set and unset.
pub(super) fn changed(text: &str, changes: &Changes) -> String {
    changes.iter().fold(text.to_owned(), |text, (key, value)| match value {
        Some(value) => set(&text, key, value),
        None => unset(&text, key),
    })
}

fn set(text: &str, key: &str, value: &str) -> String {
    let lines = Line::all(text);
    let is_it = |line: &Line<'_>| line.is_in_group && line.entry().is_some_and(|(found, _)| found == key);
    let entry = format!("{key}={value}");
    if let Some(at) = lines.iter().rposition(is_it) {
        return join(&lines, |index, line| if index == at { entry.clone() + line.end() } else { line.text.to_owned() });
    }
    // Behind the last line of the group that says something.
    let says_something = |line: &Line<'_>| (line.is_in_group || line.is_header()) && !line.text.trim().is_empty();
    if let Some(at) = lines.iter().rposition(says_something) {
        return join(&lines, |index, line| match line.end() {
            _ if index != at => line.text.to_owned(),
            "" => format!("{}\n{entry}", line.text),
            end => format!("{}{entry}{end}", line.text),
        });
    }
    let separator = if text.is_empty() || text.ends_with("\n\n") {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    format!("{text}{separator}{GROUP}\n{entry}\n")
}

fn unset(text: &str, key: &str) -> String {
    join(&Line::all(text), |_, line| {
        let is_it = line.is_in_group && line.entry().is_some_and(|(found, _)| found == key);
        if is_it { String::new() } else { line.text.to_owned() }
    })
}

fn join(lines: &[Line<'_>], say: impl Fn(usize, &Line<'_>) -> String) -> String {
    lines.iter().enumerate().map(|(index, line)| say(index, line)).collect()
}

/// A line with its end.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    text: &'a str,
    /// Whether it belongs to our group, whose header does not.
    is_in_group: bool,
}

impl<'a> Line<'a> {
    fn all(text: &'a str) -> Vec<Self> {
        let mut is_in_group = false;
        let line = |text: &'a str| {
            let is_header = text.trim_start().starts_with('[');
            let line = Line { text, is_in_group: is_in_group && !is_header };
            if is_header {
                is_in_group = line.is_header();
            }
            line
        };
        text.split_inclusive('\n').map(line).collect()
    }

    fn is_header(&self) -> bool {
        self.text.trim() == GROUP
    }

    /// `key=value`, unless it is a comment.
    fn entry(&self) -> Option<(&'a str, &'a str)> {
        let text = self.text.strip_suffix(self.end()).unwrap_or(self.text);
        let (key, value) = text.split_once('=')?;
        let key = key.trim();
        (!key.is_empty() && !key.starts_with('#')).then_some((key, value))
    }

    fn end(&self) -> &'static str {
        if self.text.ends_with("\r\n") {
            "\r\n"
        } else if self.text.ends_with('\n') {
            "\n"
        } else {
            ""
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, value: Option<&str>) -> Changes {
        vec![(key.to_owned(), value.map(str::to_owned))]
    }

    const FULL: &str = "# mine\n[$Version]\nupdate_info=x\n\n[Proxy Settings]\r\n# a comment\nProxyType = 2\nhttpProxy=\n\n[Other]\nProxyType=7";

    #[test]
    fn the_groups_keys_are_read_and_no_others() {
        let values: Vec<_> = values(FULL).into_iter().collect();
        assert_eq!(values, [("ProxyType".to_owned(), " 2".to_owned()), ("httpProxy".to_owned(), String::new())]);
    }

    #[test]
    fn a_key_is_changed_where_it_stands_and_all_else_stays() {
        let wanted = FULL.replace("ProxyType = 2", "ProxyType=1");
        assert_eq!(changed(FULL, &change("ProxyType", Some("1"))), wanted);
    }

    #[test]
    fn a_new_key_comes_behind_the_last_of_its_group_and_goes_without_a_trace() {
        let with = changed(FULL, &change("socksProxy", Some("x")));
        assert_eq!(with, FULL.replace("httpProxy=\n", "httpProxy=\nsocksProxy=x\n"));
        assert_eq!(changed(&with, &change("socksProxy", None)), FULL);
    }

    #[test]
    fn a_group_that_is_not_there_is_put_at_the_end() {
        for (text, wanted) in [
            ("", "[Proxy Settings]\na=b\n"),
            ("[Other]\nx=y\n", "[Other]\nx=y\n\n[Proxy Settings]\na=b\n"),
            ("[Other]\nx=y", "[Other]\nx=y\n\n[Proxy Settings]\na=b\n"),
            ("[Proxy Settings]", "[Proxy Settings]\na=b"),
        ] {
            assert_eq!(changed(text, &change("a", Some("b"))), wanted);
        }
    }

    #[test]
    fn what_an_administrator_locked_is_seen() {
        for text in ["[$i]\n", "[Proxy Settings][$i]\nProxyType=1\n", "[Proxy Settings]\nProxyType[$i]=1\n"] {
            assert!(is_locked(text), "{text}");
        }
        assert!(!is_locked(FULL));
        assert_eq!(locks([FULL.to_owned()]), Locks::default(), "what is only suggested is not locked");
        assert!(!is_locked("[Other]\nProxyType[$i]=1\n[Proxy Settings]\nProxyType=1\n"));
    }

    #[test]
    fn of_an_administrators_files_the_first_lock_holds_and_what_comes_later_has_no_say() {
        let locks = |texts: &[&str]| {
            let Locks { keys, are_all } = locks(texts.iter().map(|text| (*text).to_owned()));
            let keys: Vec<_> = keys.into_iter().map(|(key, value)| format!("{key}={}", value.unwrap())).collect();
            (keys.join(" "), are_all)
        };
        let group = |rest: &str| format!("[Other]\nProxyType[$i]=9\n[Proxy Settings]{rest}");
        let (one, all) =
            (group("\n# a[$i]=b\nProxyType[$i] = 0\nhttpProxy=x\n[Z]\nz[$i]=1\n"), group("[$i]\nProxyType=0\n"));
        let other = group("\nProxyType[$ei]=1\nsocksProxy[$i]=y\n");
        assert_eq!(locks(&[&one]), ("ProxyType=0".to_owned(), false));
        assert_eq!(locks(&[&one, &other]), ("ProxyType=0 socksProxy=y".to_owned(), false));
        assert_eq!(locks(&[&other, &one]), ("ProxyType=1 socksProxy=y".to_owned(), false));
        assert_eq!(locks(&[&all, &other]), ("ProxyType=0".to_owned(), true));
        assert_eq!(locks(&[&one, "[$i]\n"]), ("ProxyType=0 httpProxy=x".to_owned(), true));
        assert_eq!(locks(&["[Proxy Settings][x][$i]\na=1\n"]), (String::new(), false));
    }

    #[test]
    fn a_lock_stands_in_the_way_of_other_values_only() {
        let locks = |text: &str| locks([format!("[Proxy Settings]{text}")]);
        assert!(locks("\nProxyType[$i]=0\n").overrule(&change("ProxyType", Some("1"))));
        assert!(locks("[$i]\n").overrule(&change("ProxyType", Some("1"))));
        assert!(!locks("\nProxyType[$i]=1\n").overrule(&change("ProxyType", Some("1"))));
        assert!(!locks("\nhttpProxy[$i]=x\n").overrule(&change("ProxyType", Some("1"))));
        assert!(!locks("[$i]\n").overrule(&change("ftpProxy", None)));
    }
}
