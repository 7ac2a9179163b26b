//! The list of proxies.

use paperwing_app::pilot::{Added, AppError, Draft, DraftProblem, Pilot, Removed, Row, Shared, Subscription};

type Answer<T> = Result<T, AppError>;
type Way<'a> = tauri::State<'a, Pilot>;

/// The list in its order.
#[tauri::command]
#[specta::specta]
pub async fn list(pilot: Way<'_>) -> Answer<Vec<Row>> {
    pilot.ask(async move |cockpit| cockpit.list().await).await
}

/// Which proxy to use; automatic where there is none.
#[tauri::command]
#[specta::specta]
pub async fn choose(pilot: Way<'_>, id: Option<String>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.choose(id).await).await
}

/// Puts rows in front of another one, or at the end.
#[tauri::command]
#[specta::specta]
pub async fn reorder(pilot: Way<'_>, ids: Vec<String>, before: Option<String>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.reorder(ids, before).await).await
}

/// Takes proxies off the list.
#[tauri::command]
#[specta::specta]
pub async fn remove(pilot: Way<'_>, ids: Vec<String>) -> Answer<Removed> {
    pilot.ask(async move |cockpit| cockpit.remove(ids).await).await
}

/// Puts back what was taken off.
#[tauri::command]
#[specta::specta]
pub async fn undo_remove(pilot: Way<'_>, token: String) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.undo_remove(token).await).await
}

/// Tests proxies, all where none is named; what comes of it is told as health.
#[tauri::command]
#[specta::specta]
pub async fn test(pilot: Way<'_>, ids: Option<Vec<String>>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.test(ids).await).await
}

/// Ends all tests.
#[tauri::command]
#[specta::specta]
pub async fn cancel_tests(pilot: Way<'_>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.cancel_tests().await).await
}

/// The form for a proxy of the list.
#[tauri::command]
#[specta::specta]
pub async fn draft(pilot: Way<'_>, id: String) -> Answer<Draft> {
    pilot.ask(async move |cockpit| cockpit.draft(id).await).await
}

/// Keeps what a form says. Returns its row.
#[tauri::command]
#[specta::specta]
pub async fn save(pilot: Way<'_>, draft: Draft) -> Answer<String> {
    pilot.ask(async move |cockpit| cockpit.save(draft).await).await
}

/// What is wrong with a form, if anything.
#[tauri::command]
#[specta::specta]
pub async fn check_draft(pilot: Way<'_>, draft: Draft) -> Answer<Option<DraftProblem>> {
    pilot.ask(async move |cockpit| cockpit.check_draft(draft).await).await
}

/// A proxy to pass on.
#[tauri::command]
#[specta::specta]
pub async fn share(pilot: Way<'_>, id: String, reveal: bool) -> Answer<Shared> {
    pilot.ask(async move |cockpit| cockpit.share(id, reveal).await).await
}

/// The lists that somebody else keeps.
#[tauri::command]
#[specta::specta]
pub async fn subscriptions(pilot: Way<'_>) -> Answer<Vec<Subscription>> {
    pilot.ask(async move |cockpit| cockpit.subscriptions().await).await
}

/// Fetches such a list again.
#[tauri::command]
#[specta::specta]
pub async fn refresh_subscription(pilot: Way<'_>, id: String) -> Answer<Added> {
    pilot.ask(async move |cockpit| cockpit.refresh_subscription(id).await).await
}

/// Forgets such a list, with or without its proxies.
#[tauri::command]
#[specta::specta]
pub async fn remove_subscription(pilot: Way<'_>, id: String, keep_proxies: bool) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.remove_subscription(id, keep_proxies).await).await
}
