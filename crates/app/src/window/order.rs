//! What a page wants.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::pilot::{AddHow, AppError, Cockpit, Code, Draft, NoticeCode, Origin, Passphrase, Settings};

/// Something that a page wants.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// A use case.
    Use(Use),
    /// What only a desktop can do.
    Desk(Desk),
}

/// A use case, as [`Cockpit`] has it.
#[derive(Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the method of that name")]
pub enum Use {
    Connect,
    Disconnect,
    TryAgain,
    UsePortAndConnect { port: u16 },
    SetSystemProxy { on: bool },
    StartPractice,
    BlockPractice { id: String, blocked: bool },
    LeavePractice,
    List,
    Choose { id: Option<String> },
    Reorder { ids: Vec<String>, before: Option<String> },
    Remove { ids: Vec<String> },
    UndoRemove { token: String },
    Test { ids: Option<Vec<String>> },
    CancelTests,
    Draft { id: String },
    Save { draft: Draft },
    CheckDraft { draft: Draft },
    Share { id: String, reveal: bool },
    Subscriptions,
    RefreshSubscription { id: String },
    RemoveSubscription { id: String, keep_proxies: bool },
    Fetch { token: String },
    Add { token: String, indices: Vec<u32>, how: AddHow },
    CancelRead { token: String },
    Events { after: Option<u32> },
    Connections,
    Dismiss { code: NoticeCode },
    Unlock { passphrase: Passphrase },
}

/// What only a desktop can do: the clipboard, the browser, other programs.
#[derive(Debug, Serialize, Deserialize)]
pub enum Desk {
    /// What this program is and where it runs.
    About,
    /// Reads something without contacting anybody.
    Read {
        /// What.
        origin: Origin,
    },
    /// Puts a text on the clipboard.
    Copy {
        /// Which.
        text: String,
    },
    /// Puts a proxy's link on the clipboard.
    CopySecret {
        /// Whose.
        id: String,
    },
    /// Has Telegram ask whether it should use the local port.
    Telegram,
    /// Opens a page in the browser.
    OpenPage {
        /// Which.
        which: Page,
    },
    /// Makes this program the one that opens a kind of links, or no longer.
    MakeDefault {
        /// The kind, without the colon.
        scheme: String,
        /// Whether it is to be ours.
        ours: bool,
    },
    /// The settings.
    Settings,
    /// Keeps settings.
    SaveSettings {
        /// All of them.
        settings: Settings,
    },
    /// What the page asked to keep.
    View,
    /// Keeps what the page wants to find again when it is opened anew.
    KeepView {
        /// In the page's own form.
        view: String,
    },
    /// The person's answer to [`ToWindow::AskClose`](super::ToWindow::AskClose).
    AnswerClose {
        /// Whether the program is to end.
        quit: bool,
    },
}

/// A page to open in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Page {
    /// The one behind the practice proxies.
    Practice,
}

/// An answer as the page gets it.
pub fn answer<T: Serialize>(answer: Result<T, AppError>) -> Result<Box<RawValue>, AppError> {
    answer.and_then(|value| to_raw_value(&value).map_err(|error| AppError::new(Code::Failed, error.to_string())))
}

// === impl Cockpit ===

impl Cockpit {
    /// Does what a page wants; the answer is as the page gets it.
    pub async fn obey(self: Rc<Self>, wanted: Use) -> Result<Box<RawValue>, AppError> {
        match wanted {
            Use::Connect => answer(self.connect().await),
            Use::Disconnect => answer(self.disconnect().await),
            Use::TryAgain => answer(self.try_again().await),
            Use::UsePortAndConnect { port } => answer(self.use_port_and_connect(port).await),
            Use::SetSystemProxy { on } => answer(self.set_system_proxy(on).await),
            Use::StartPractice => answer(self.start_practice().await),
            Use::BlockPractice { id, blocked } => answer(self.block_practice(id, blocked).await),
            Use::LeavePractice => answer(self.leave_practice().await),
            Use::List => answer(self.list().await),
            Use::Choose { id } => answer(self.choose(id).await),
            Use::Reorder { ids, before } => answer(self.reorder(ids, before).await),
            Use::Remove { ids } => answer(self.remove(ids).await),
            Use::UndoRemove { token } => answer(self.undo_remove(token).await),
            Use::Test { ids } => answer(self.test(ids).await),
            Use::CancelTests => answer(self.cancel_tests().await),
            Use::Draft { id } => answer(self.draft(id).await),
            Use::Save { draft } => answer(self.save(draft).await),
            Use::CheckDraft { draft } => answer(self.check_draft(draft).await),
            Use::Share { id, reveal } => answer(self.share(id, reveal).await),
            Use::Subscriptions => answer(self.subscriptions().await),
            Use::RefreshSubscription { id } => answer(self.refresh_subscription(id).await),
            Use::RemoveSubscription { id, keep_proxies } => answer(self.remove_subscription(id, keep_proxies).await),
            Use::Fetch { token } => answer(self.fetch(token).await),
            Use::Add { token, indices, how } => answer(self.add(token, indices, how).await),
            Use::CancelRead { token } => answer(self.cancel_read(token).await),
            Use::Events { after } => answer(self.events(after).await),
            Use::Connections => answer(self.connections().await),
            Use::Dismiss { code } => answer(self.dismiss(code).await),
            Use::Unlock { passphrase } => answer(self.unlock(passphrase).await),
        }
    }
}
