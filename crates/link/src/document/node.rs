//! JSON and YAML as a tree of texts, each with its line.
//!
//! Scalars stay as they are written: a password of `0123` or `1e5` is no number. JSON is read as the YAML that it
//! almost is, which gives line numbers and forgives trailing commas.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle};

use super::DocumentError;

/// How deep lists and maps may be nested: far more than any format needs.
const MAX_DEPTH: usize = 32;

/// How many aliases a document may hold, and how many keys a map below the root: a few aliases of one huge map would
/// otherwise keep us busy for hours. Longer maps (of hosts, say) hold nothing that we look for, and are left out.
const MAX_ALIASES: usize = 10_000;
const MAX_KEYS: usize = 1024;

/// How many words a list of words is read for.
const MAX_WORDS: usize = 32;

/// How many nodes a merge key (`<<`) may bring in, and how far one merge may lead to the next.
const MAX_MERGES: usize = 4;
const MAX_MERGE_DEPTH: usize = 2;

/// A value and where it begins.
pub(super) struct Node {
    /// Counted from 1.
    pub(super) line: usize,
    value: Value,
}

/// Aliases share their target, so a document that is all aliases takes no more room than its text.
enum Value {
    Null,
    Text(String),
    List(Vec<Rc<Node>>),
    Map(Vec<(String, Rc<Node>)>),
}

/// A list or map that is still being read.
struct Open {
    line: usize,
    anchor: usize,
    items: Vec<Rc<Node>>,
    /// In a map, the key whose value comes next.
    key: Option<String>,
    map: Option<Vec<(String, Rc<Node>)>>,
}

impl Open {
    fn add(&mut self, node: Rc<Node>) {
        match (&mut self.map, self.key.take()) {
            (None, _) => self.items.push(node),
            (Some(map), Some(key)) => map.push((key, node)),
            // A key that is a list or a map has no name to find it by.
            (Some(_), None) => self.key = Some(node.text().unwrap_or_default().to_owned()),
        }
    }

    fn close(self, is_root: bool) -> Node {
        let value = match self.map {
            Some(map) if map.len() > MAX_KEYS && !is_root => Value::Null,
            Some(map) => Value::Map(map),
            None => Value::List(self.items),
        };
        Node { line: self.line, value }
    }
}

impl Node {
    /// Reads the first YAML document in a text.
    pub(super) fn parse_yaml(text: &str) -> Result<Self, DocumentError> {
        Self::parse(text, MAX_ALIASES)
    }

    /// Reads JSON, which has no aliases.
    pub(super) fn parse_json(text: &str) -> Result<Self, DocumentError> {
        Self::parse(text, 0)
    }

    fn parse(text: &str, mut aliases_left: usize) -> Result<Self, DocumentError> {
        let mut options = granit_parser::Options::default();
        options.emit_comments = false;
        let mut open: Vec<Open> = Vec::new();
        let mut anchors: HashMap<usize, Rc<Node>> = HashMap::new();
        let mut last_line = 1;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) =
                event.map_err(|error| DocumentError::Malformed { line: error.marker().line().max(last_line) })?;
            let line = span.start.line().max(1);
            last_line = line;
            let malformed = DocumentError::Malformed { line };
            let (node, anchor) = match event {
                Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= MAX_DEPTH => return Err(malformed),
                Event::SequenceStart(_, anchor, _) => {
                    open.push(Open { line, anchor, items: Vec::new(), key: None, map: None });
                    continue;
                }
                Event::MappingStart(_, anchor, _) => {
                    open.push(Open { line, anchor, items: Vec::new(), key: None, map: Some(Vec::new()) });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let closed = open.pop().ok_or(malformed)?;
                    let anchor = closed.anchor;
                    (Rc::new(closed.close(open.is_empty())), anchor)
                }
                Event::Scalar(text, style, anchor, _) => {
                    let null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                    let value = if null { Value::Null } else { Value::Text(text.into_owned()) };
                    (Rc::new(Self { line, value }), anchor)
                }
                Event::Alias(_) if aliases_left == 0 => return Err(malformed),
                Event::Alias(id) => {
                    aliases_left -= 1;
                    (anchors.get(&id).cloned().ok_or(malformed)?, 0)
                }
                Event::DocumentEnd => break,
                _ => continue,
            };
            if anchor > 0 {
                anchors.insert(anchor, Rc::clone(&node));
            }
            if let Some(parent) = open.last_mut() {
                parent.add(node);
            } else {
                // The root: nothing that follows it in the stream is of interest.
                drop(anchors);
                return Rc::try_unwrap(node).map_err(|_| DocumentError::Malformed { line });
            }
        }
        Err(DocumentError::Malformed { line: last_line })
    }

    /// The text of a scalar; `None` for null, lists and maps.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What stands under a key, directly or through a merge key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.get_merged(key, 0)
    }

    fn get_merged(&self, key: &str, depth: usize) -> Option<&Self> {
        let Value::Map(pairs) = &self.value else { return None };
        // Of a key given twice the last counts, as most readers of JSON have it.
        if let Some((_, node)) = pairs.iter().rev().find(|(name, _)| name == key) {
            return Some(node);
        }
        if depth == MAX_MERGE_DEPTH {
            return None;
        }
        let merges = pairs.iter().filter(|(name, _)| name == "<<").map(|(_, node)| &**node);
        let targets = merges.flat_map(|node| match &node.value {
            Value::List(items) => items.iter().map(|item| &**item).collect(),
            _ => vec![node],
        });
        targets.take(MAX_MERGES).find_map(|node| node.get_merged(key, depth + 1))
    }

    /// What stands at the end of a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text under the first of these keys that holds one.
    pub(super) fn any(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.get(key)?.text().filter(|text| !text.is_empty()))
    }

    /// The text at the end of a path; the first one where a list stands there.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        let node = self.at(path)?;
        node.text().or_else(|| node.items().first()?.text()).filter(|text| !text.is_empty())
    }

    /// A list of words, or one text, with commas between them.
    pub(super) fn words_at(&self, path: &[&str]) -> Option<String> {
        let node = self.at(path)?;
        let words = || node.items().iter().take(MAX_WORDS).filter_map(|item| item.text()).collect::<Vec<_>>().join(",");
        Some(node.text().map_or_else(words, str::to_owned)).filter(|text| !text.is_empty())
    }

    /// Whether a yes stands at the end of a path.
    pub(super) fn yes_at(&self, path: &[&str]) -> bool {
        self.text_at(path).is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on"))
    }

    /// A list's items.
    pub(super) fn items(&self) -> &[Rc<Self>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// A map's keys and values, without merged ones.
    pub(super) fn pairs(&self) -> &[(String, Rc<Self>)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }
}
