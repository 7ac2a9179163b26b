//! What is said outside of the page, in the person's language. From the page's own message files: one for each language.

use std::collections::HashMap;

use paperwing_app::pilot::Language;

const EN: &str = include_str!("../../../ui/messages/en.json");
const RU: &str = include_str!("../../../ui/messages/ru.json");
const FA: &str = include_str!("../../../ui/messages/fa.json");
const ZH: &str = include_str!("../../../ui/messages/zh.json");

/// The messages of one language.
#[derive(Debug)]
pub struct Words {
    language: Language,
    said: HashMap<String, String>,
}

// === impl Words ===

impl Words {
    /// Those of a language.
    pub fn of(language: Language) -> Self {
        let language = match language {
            Language::System => of_locale(&locale()),
            language => language,
        };
        let text = match language {
            Language::Ru => RU,
            Language::Fa => FA,
            Language::Zh => ZH,
            Language::System | Language::En => EN,
        };
        Self { language, said: ours(text) }
    }

    /// A message.
    pub fn say(&self, key: &str) -> String {
        self.said.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// A message about something.
    pub fn say_of(&self, key: &str, name: &str) -> String {
        self.say(key).replace("{name}", name)
    }

    /// Whether it is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        self.language == Language::Fa
    }
}

/// Only what is said here is kept: the page has several times as much.
fn ours(text: &str) -> HashMap<String, String> {
    let all: HashMap<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let ours = all.into_iter().filter(|(key, _)| key.starts_with("tray_") || key.starts_with("notify_"));
    ours.filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
}

/// The operating system's language, as a BCP 47 tag.
pub fn locale() -> String {
    sys_locale::get_locale().unwrap_or_else(|| "en".to_owned())
}

fn of_locale(locale: &str) -> Language {
    match locale.split(['-', '_']).next().unwrap_or_default() {
        "ru" => Language::Ru,
        "fa" => Language::Fa,
        "zh" => Language::Zh,
        _ => Language::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_the_same_things() {
        let keys = |text| {
            let mut keys: Vec<_> = ours(text).into_keys().collect();
            keys.sort();
            keys
        };
        assert!(keys(EN).len() > 20);
        for text in [RU, FA, ZH] {
            assert_eq!(keys(text), keys(EN));
        }
    }

    #[test]
    fn the_systems_language_is_taken_where_it_is_spoken() {
        for (locale, language) in
            [("ru-RU", Language::Ru), ("fa_IR", Language::Fa), ("zh-Hans-CN", Language::Zh), ("de", Language::En)]
        {
            assert_eq!(of_locale(locale), language);
        }
        assert!(Words::of(Language::Fa).is_right_to_left());
    }
}
