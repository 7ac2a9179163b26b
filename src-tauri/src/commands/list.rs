//! The list of proxies.

use paperwing_app::pilot::{Added, Draft, DraftProblem, Removed, Row, Shared, Subscription};
use paperwing_app::window::{Order, Use};
use tauri::State;

use crate::way::{Answer, Way};

/// The list in its order.
#[tauri::command]
#[specta::specta]
pub async fn list(way: State<'_, Way>) -> Answer<Vec<Row>> {
    way.ask(Order::Use(Use::List)).await
}

/// Which proxy to use; automatic where there is none.
#[tauri::command]
#[specta::specta]
pub async fn choose(way: State<'_, Way>, id: Option<String>) -> Answer<()> {
    way.ask(Order::Use(Use::Choose { id })).await
}

/// Puts rows in front of another one, or at the end.
#[tauri::command]
#[specta::specta]
pub async fn reorder(way: State<'_, Way>, ids: Vec<String>, before: Option<String>) -> Answer<()> {
    way.ask(Order::Use(Use::Reorder { ids, before })).await
}

/// Takes proxies off the list.
#[tauri::command]
#[specta::specta]
pub async fn remove(way: State<'_, Way>, ids: Vec<String>) -> Answer<Removed> {
    way.ask(Order::Use(Use::Remove { ids })).await
}

/// Puts back what was taken off.
#[tauri::command]
#[specta::specta]
pub async fn undo_remove(way: State<'_, Way>, token: String) -> Answer<()> {
    way.ask(Order::Use(Use::UndoRemove { token })).await
}

/// Tests proxies, all where none is named; what comes of it is told as health.
#[tauri::command]
#[specta::specta]
pub async fn test(way: State<'_, Way>, ids: Option<Vec<String>>) -> Answer<()> {
    way.ask(Order::Use(Use::Test { ids })).await
}

/// Ends all tests.
#[tauri::command]
#[specta::specta]
pub async fn cancel_tests(way: State<'_, Way>) -> Answer<()> {
    way.ask(Order::Use(Use::CancelTests)).await
}

/// The form for a proxy of the list.
#[tauri::command]
#[specta::specta]
pub async fn draft(way: State<'_, Way>, id: String) -> Answer<Draft> {
    way.ask(Order::Use(Use::Draft { id })).await
}

/// Keeps what a form says. Returns its row.
#[tauri::command]
#[specta::specta]
pub async fn save(way: State<'_, Way>, draft: Draft) -> Answer<String> {
    way.ask(Order::Use(Use::Save { draft })).await
}

/// What is wrong with a form, if anything.
#[tauri::command]
#[specta::specta]
pub async fn check_draft(way: State<'_, Way>, draft: Draft) -> Answer<Option<DraftProblem>> {
    way.ask(Order::Use(Use::CheckDraft { draft })).await
}

/// A proxy to pass on.
#[tauri::command]
#[specta::specta]
pub async fn share(way: State<'_, Way>, id: String, reveal: bool) -> Answer<Shared> {
    way.ask(Order::Use(Use::Share { id, reveal })).await
}

/// The lists that somebody else keeps.
#[tauri::command]
#[specta::specta]
pub async fn subscriptions(way: State<'_, Way>) -> Answer<Vec<Subscription>> {
    way.ask(Order::Use(Use::Subscriptions)).await
}

/// Fetches such a list again.
#[tauri::command]
#[specta::specta]
pub async fn refresh_subscription(way: State<'_, Way>, id: String) -> Answer<Added> {
    way.ask(Order::Use(Use::RefreshSubscription { id })).await
}

/// Forgets such a list, with or without its proxies.
#[tauri::command]
#[specta::specta]
pub async fn remove_subscription(way: State<'_, Way>, id: String, keep_proxies: bool) -> Answer<()> {
    way.ask(Order::Use(Use::RemoveSubscription { id, keep_proxies })).await
}
