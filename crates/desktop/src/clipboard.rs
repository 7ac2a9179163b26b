//! The clipboard. Not the page's affair: what it copies and pastes by itself is between it and its web view.

use paperwing_app::link::Secret;
use paperwing_app::pilot::{AppError, Code};
use paperwing_app::{Source, Whence};

/// The text on it.
pub async fn text() -> Result<String, AppError> {
    with(arboard::Clipboard::get_text).await
}

/// The picture on it, to be read.
pub async fn picture() -> Result<Source, AppError> {
    let image = with(arboard::Clipboard::get_image).await;
    let image = image.map_err(|_| AppError::new(Code::NoPicture, "there is no picture on the clipboard"))?;
    Ok(Source::Pixels {
        width: u32::try_from(image.width).unwrap_or_default(),
        height: u32::try_from(image.height).unwrap_or_default(),
        rgba: image.bytes.into_owned(),
        from: Whence::Clipboard.to_string(),
    })
}

/// Puts a text on it.
pub async fn put(text: Secret) -> Result<(), AppError> {
    with(move |clipboard| clipboard.set_text(text.reveal())).await
}

/// On X11 whoever put something there has to stay to hand it out, so there is one clipboard for as long as we run.
async fn with<T: Send + 'static>(
    act: impl FnOnce(&mut arboard::Clipboard) -> Result<T, arboard::Error> + Send + 'static,
) -> Result<T, AppError> {
    static CLIPBOARD: std::sync::Mutex<Option<arboard::Clipboard>> = std::sync::Mutex::new(None);
    let done = tokio::task::spawn_blocking(move || {
        let mut kept = CLIPBOARD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let clipboard = match &mut *kept {
            Some(clipboard) => clipboard,
            none => none.insert(arboard::Clipboard::new()?),
        };
        act(clipboard)
    });
    let done = done.await.map_err(|_| AppError::new(Code::Clipboard, "the clipboard cannot be used"))?;
    done.map_err(|error| AppError::new(Code::Clipboard, format!("the clipboard cannot be used: {error}")))
}
