//! The way to the program that stays.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::sync::{Mutex, PoisonError, mpsc};

use paperwing_app::pilot::{AppError, Code};
use paperwing_app::window::{FromWindow, Order, Passed, ToWindow};
use serde_json::value::RawValue;
use tauri::{AppHandle, Manager};
use tauri_specta::Event;
use tokio::sync::oneshot;

use crate::events::{AskClose, PasteLink, ShowView};
use crate::window;

/// What comes of an order: passed on to the page as it came.
pub type Answer<T> = Result<Passed<T>, Passed<AppError>>;

type Came = Result<Box<RawValue>, Passed<AppError>>;

/// Managed by Tauri, so that every command can find it.
pub struct Way {
    lines: mpsc::Sender<FromWindow>,
    asked: Mutex<Asked>,
}

/// Who waits for an answer.
#[derive(Default)]
struct Asked {
    last: u64,
    waiting: HashMap<u64, oneshot::Sender<Came>>,
}

// === impl Way ===

impl Way {
    /// Begins to write what is said.
    pub fn along(mut output: File) -> Self {
        let (lines, said) = mpsc::channel::<FromWindow>();
        std::thread::spawn(move || {
            for said in said {
                let Ok(mut line) = serde_json::to_vec(&said) else { continue };
                line.push(b'\n');
                if output.write_all(&line).is_err() {
                    break;
                }
            }
        });
        Self { lines, asked: Mutex::default() }
    }

    /// Says something.
    pub fn say(&self, said: FromWindow) {
        let _ = self.lines.send(said);
    }

    /// Has something done.
    pub async fn ask<T>(&self, order: Order) -> Answer<T> {
        let (number, answer) = self.expect();
        self.say(FromWindow::Ask { number, order: Box::new(order) });
        answer.await.unwrap_or_else(|_| Err(ended())).map(Passed::from)
    }

    fn expect(&self) -> (u64, oneshot::Receiver<Came>) {
        let (told, answer) = oneshot::channel();
        let mut asked = self.asked();
        asked.last += 1;
        let number = asked.last;
        asked.waiting.insert(number, told);
        (number, answer)
    }

    fn answered(&self, number: u64, answer: Came) {
        if let Some(told) = self.asked().waiting.remove(&number) {
            let _ = told.send(answer);
        }
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> Passed<AppError> {
    let error = AppError::new(Code::Stopped, "Paperwing has ended");
    Passed::of(&error).unwrap_or_else(|_| Passed::from(RawValue::NULL.to_owned()))
}

/// Begins to hear what the program that stays says. Its end is ours.
pub fn listen(app: &AppHandle, input: File) {
    let app = app.clone();
    std::thread::spawn(move || {
        for line in BufReader::with_capacity(64 * 1024, input).split(b'\n').map_while(Result::ok) {
            match serde_json::from_slice(&line) {
                Ok(told) => heed(&app, told),
                // The line itself may hold a password.
                Err(error) => eprintln!("paperwing-window: a line was not understood: {:?}", error.classify()),
            }
        }
        window::end(&app);
    });
}

fn heed(app: &AppHandle, told: ToWindow) {
    match told {
        ToWindow::Answer { number, answer } => app.state::<Way>().answered(number, answer),
        ToWindow::State(state) => window::show_state(app, state),
        ToWindow::PasteLink(read) => drop(PasteLink(read).emit(app)),
        ToWindow::AskClose => drop(AskClose.emit(app)),
        ToWindow::ShowView(view) => drop(ShowView { view }.emit(app)),
        ToWindow::Show => window::on_main(app, window::show),
        ToWindow::Hide => window::on_main(app, window::hide),
        ToWindow::Toggle => window::on_main(app, window::toggle),
    }
}
