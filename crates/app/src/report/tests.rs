#![allow(clippy::unwrap_used)]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::SystemTime;

use paperwing_engine::{Config, Engine};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};

use super::book::Book;
use super::server::{Facts, attend};
use super::wire::{Line, Question, Refusal, Request};
use super::{Detail, Then};
use crate::{AppError, Code, Event};

fn facts() -> Facts {
    let config = Config { listen: vec![(Ipv4Addr::LOCALHOST, 0).into()], ..Config::default() };
    let engine = Engine::start(config, Vec::new(), crate::random::dice()).unwrap();
    Facts {
        engine,
        book: Arc::new(Book::default()),
        since: SystemTime::now(),
        wishes: crate::system_proxy::Inbox::default(),
    }
}

/// The asker's side of a connection that is attended to.
fn connected(facts: &Facts, room: usize) -> BufReader<DuplexStream> {
    let (ours, theirs) = duplex(room);
    tokio::spawn(attend(theirs, facts.clone()));
    BufReader::new(ours)
}

async fn ask(to: &mut BufReader<DuplexStream>, question: Question) {
    let mut line = serde_json::to_vec(&Request::new(question)).unwrap();
    line.push(b'\n');
    to.write_all(&line).await.unwrap();
}

async fn line(from: &mut BufReader<DuplexStream>) -> Line {
    let mut text = String::new();
    from.read_line(&mut text).await.unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn trouble(from: &mut BufReader<DuplexStream>) -> String {
    match line(from).await {
        Line::Told(told) => match told.event {
            Event::Trouble { what } => what.text,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn happens(facts: &Facts, text: &str) {
    facts.book.write(Event::Trouble { what: AppError::new(Code::Failed, text) });
}

#[tokio::test]
async fn a_question_gets_its_answer_and_an_end() {
    let facts = facts();
    let mut asker = connected(&facts, 1 << 16);
    ask(&mut asker, Question::Status { detail: Detail::Summary }).await;
    let Line::Status(status) = line(&mut asker).await else { panic!() };
    assert_eq!(status.listening, facts.engine.addresses());
    assert_eq!((status.pid, status.open, status.connections), (std::process::id(), 0, None));
    assert_eq!(line(&mut asker).await, Line::End);

    let mut asker = connected(&facts, 1 << 16);
    ask(&mut asker, Question::Status { detail: Detail::Connections }).await;
    let Line::Status(status) = line(&mut asker).await else { panic!() };
    assert_eq!(status.connections, Some(Vec::new()));
}

#[tokio::test]
async fn rubbish_gets_an_error_and_nothing_more() {
    let facts = facts();
    let endless = vec![b'x'; 64 * 1024];
    for (said, refusal) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], Refusal::BadRequest),
        (b"\xff\xfe\n", Refusal::BadRequest),
        (b"{\"version\":99}\n", Refusal::Version),
        (&endless, Refusal::BadRequest),
    ] {
        let mut asker = connected(&facts, 1 << 16);
        asker.write_all(said).await.unwrap();
        assert_eq!(line(&mut asker).await, Line::Error(refusal));
        let mut rest = Vec::new();
        asker.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"");
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_who_asks_nothing_is_sent_away() {
    let facts = facts();
    let mut asker = connected(&facts, 1 << 16);
    assert_eq!(line(&mut asker).await, Line::Error(Refusal::BadRequest));
}

#[tokio::test]
async fn a_follower_gets_the_last_ones_and_then_each_new_one_once() {
    let facts = facts();
    for text in ["one", "two", "three"] {
        happens(&facts, text);
    }
    let mut follower = connected(&facts, 1 << 16);
    ask(&mut follower, Question::Events { last: 2, then: Then::Follow }).await;
    assert_eq!(trouble(&mut follower).await, "two");
    assert_eq!(trouble(&mut follower).await, "three");
    happens(&facts, "four");
    assert_eq!(trouble(&mut follower).await, "four");

    let mut reader = connected(&facts, 1 << 16);
    ask(&mut reader, Question::Events { last: 1, then: Then::End }).await;
    assert_eq!(trouble(&mut reader).await, "four");
    assert_eq!(line(&mut reader).await, Line::End);
}

#[tokio::test]
async fn a_follower_who_does_not_read_holds_up_nobody_and_is_told_what_they_missed() {
    let facts = facts();
    let mut lazy = connected(&facts, 64);
    ask(&mut lazy, Question::Events { last: 0, then: Then::Follow }).await;
    let mut eager = connected(&facts, 1 << 16);
    ask(&mut eager, Question::Events { last: 0, then: Then::Follow }).await;
    // Both follow once the first event has come through.
    while facts.book.followers() < 2 {
        tokio::task::yield_now().await;
    }
    for number in 0..1000 {
        happens(&facts, &number.to_string());
        assert_eq!(trouble(&mut eager).await, number.to_string());
    }
    let mut heard = 0;
    let missed = loop {
        match line(&mut lazy).await {
            Line::Told(_) => heard += 1,
            Line::Missed(missed) => break missed,
            other => panic!("{other:?}"),
        }
    };
    assert!(missed > 0 && heard + missed < 1000, "{heard} {missed}");
    assert_eq!(trouble(&mut lazy).await, (heard + missed).to_string());
}

mod sockets {
    use super::*;
    use crate::endpoint::{Purpose, connect};
    use crate::report::server::Server;

    #[tokio::test]
    async fn those_who_are_too_many_are_told_so() {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::open(dir.path().to_owned(), facts()).await.unwrap();
        let mut silent = Vec::new();
        let refused = loop {
            let mut asker = BufReader::new(connect(dir.path(), Purpose::Report).await.unwrap());
            let mut text = String::new();
            if silent.len() >= 16 {
                asker.read_line(&mut text).await.unwrap();
                break text;
            }
            silent.push(asker);
        };
        assert_eq!(refused, "{\"error\":\"busy\"}\n");
        drop(server);
    }
}
