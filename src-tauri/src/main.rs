//! Paperwing in a window and a tray.

mod bindings;
mod commands;
mod events;

fn main() -> anyhow::Result<()> {
    let builder = bindings::builder();
    tauri::Builder::default().invoke_handler(builder.invoke_handler()).run(tauri::generate_context!())?;
    Ok(())
}
