//! What is on the pilot's thread.

use std::path::PathBuf;
use std::rc::Rc;

use super::*;

/// Where the pilot finds what it needs.
#[derive(Clone, Debug)]
pub struct Place {
    /// The profile's folder.
    pub dir: PathBuf,
}

/// See the module.
#[derive(Debug)]
pub struct Cockpit {
    place: Place,
}

type Answer<T> = Result<T, AppError>;

impl Cockpit {
    pub(super) fn new(place: Place) -> Self {
        Self { place }
    }
    /// Opens the port and looks for a proxy that works.
    pub async fn connect(self: Rc<Self>) -> Answer<()> {
        Err(AppError::stopped())
    }
    /// Closes the port and all connections.
    pub async fn disconnect(self: Rc<Self>) -> Answer<()> {
        Err(AppError::stopped())
    }
    /// Tries all blocked proxies again.
    pub async fn try_again(self: Rc<Self>) -> Answer<()> {
        Err(AppError::stopped())
    }
    /// Settles on another port and connects.
    pub async fn use_port_and_connect(self: Rc<Self>, port: u16) -> Answer<()> {
        let _ = (port,);
        Err(AppError::stopped())
    }
    /// Points the operating system's proxy at the local port, or puts back what was there.
    pub async fn set_system_proxy(self: Rc<Self>, on: bool) -> Answer<()> {
        let _ = (on,);
        Err(AppError::stopped())
    }
    /// Connects through practice proxies; only while the list is empty.
    pub async fn start_practice(self: Rc<Self>) -> Answer<()> {
        Err(AppError::stopped())
    }
    /// Blocks a practice proxy, or lets it work again.
    pub async fn block_practice(self: Rc<Self>, id: String, blocked: bool) -> Answer<()> {
        let _ = (id, blocked);
        Err(AppError::stopped())
    }
    /// Ends practising.
    pub async fn leave_practice(self: Rc<Self>) -> Answer<()> {
        Err(AppError::stopped())
    }
    /// The list in its order.
    pub async fn list(self: Rc<Self>) -> Answer<Vec<Row>> {
        Err(AppError::stopped())
    }
    /// Which proxy to use; automatic where there is none.
    pub async fn choose(self: Rc<Self>, id: Option<String>) -> Answer<()> {
        let _ = (id,);
        Err(AppError::stopped())
    }
    /// Puts rows in front of another one, or at the end.
    pub async fn reorder(self: Rc<Self>, ids: Vec<String>, before: Option<String>) -> Answer<()> {
        let _ = (ids, before);
        Err(AppError::stopped())
    }
    /// Takes proxies off the list.
    pub async fn remove(self: Rc<Self>, ids: Vec<String>) -> Answer<Removed> {
        let _ = (ids,);
        Err(AppError::stopped())
    }
    /// Puts back what was taken off.
    pub async fn undo_remove(self: Rc<Self>, token: String) -> Answer<()> {
        let _ = (token,);
        Err(AppError::stopped())
    }
    /// Tests proxies, all where none is named; what comes of it is told as health.
    pub async fn test(self: Rc<Self>, ids: Option<Vec<String>>) -> Answer<()> {
        let _ = (ids,);
        Err(AppError::stopped())
    }
    /// Ends all tests.
    pub async fn cancel_tests(self: Rc<Self>) -> Answer<()> {
        Err(AppError::stopped())
    }
    /// The form for a proxy of the list.
    pub async fn draft(self: Rc<Self>, id: String) -> Answer<Draft> {
        let _ = (id,);
        Err(AppError::stopped())
    }
    /// Keeps what a form says. Returns its row.
    pub async fn save(self: Rc<Self>, draft: Draft) -> Answer<String> {
        let _ = (draft,);
        Err(AppError::stopped())
    }
    /// What is wrong with a form, if anything.
    pub async fn check_draft(self: Rc<Self>, draft: Draft) -> Answer<Option<DraftProblem>> {
        let _ = (draft,);
        Err(AppError::stopped())
    }
    /// A proxy to pass on.
    pub async fn share(self: Rc<Self>, id: String, reveal: bool) -> Answer<Shared> {
        let _ = (id, reveal);
        Err(AppError::stopped())
    }
    /// The lists that somebody else keeps.
    pub async fn subscriptions(self: Rc<Self>) -> Answer<Vec<Subscription>> {
        Err(AppError::stopped())
    }
    /// Fetches such a list again.
    pub async fn refresh_subscription(self: Rc<Self>, id: String) -> Answer<Added> {
        let _ = (id,);
        Err(AppError::stopped())
    }
    /// Forgets such a list, with or without its proxies.
    pub async fn remove_subscription(self: Rc<Self>, id: String, keep_proxies: bool) -> Answer<()> {
        let _ = (id, keep_proxies);
        Err(AppError::stopped())
    }
    /// Reads something without contacting anybody.
    pub async fn read(self: Rc<Self>, origin: Origin) -> Answer<Read> {
        let _ = (origin,);
        Err(AppError::stopped())
    }
    /// Fetches a list that was asked for.
    pub async fn fetch(self: Rc<Self>, token: String) -> Answer<Preview> {
        let _ = (token,);
        Err(AppError::stopped())
    }
    /// Adds proxies of a preview.
    pub async fn add(self: Rc<Self>, token: String, indices: Vec<u32>, how: AddHow) -> Answer<Added> {
        let _ = (token, indices, how);
        Err(AppError::stopped())
    }
    /// Forgets a preview.
    pub async fn cancel_read(self: Rc<Self>, token: String) -> Answer<()> {
        let _ = (token,);
        Err(AppError::stopped())
    }
    /// The events after one, oldest first; the last five hundred at most.
    pub async fn events(self: Rc<Self>, after: Option<u32>) -> Answer<Vec<Told>> {
        let _ = (after,);
        Err(AppError::stopped())
    }
    /// The open connections, the youngest first.
    pub async fn connections(self: Rc<Self>) -> Answer<Vec<Connection>> {
        Err(AppError::stopped())
    }
    /// All of that as a text without addresses and names.
    pub async fn report(self: Rc<Self>) -> Answer<String> {
        Err(AppError::stopped())
    }
    /// Puts a notice away.
    pub async fn dismiss(self: Rc<Self>, code: NoticeCode) -> Answer<()> {
        let _ = (code,);
        Err(AppError::stopped())
    }
    /// The settings.
    pub async fn settings(self: Rc<Self>) -> Answer<Settings> {
        Err(AppError::stopped())
    }
    /// Keeps settings. Returns what holds now.
    pub async fn save_settings(self: Rc<Self>, settings: Settings) -> Answer<Settings> {
        let _ = (settings,);
        Err(AppError::stopped())
    }
}
