//! Connecting without a network, and what becomes of it when that is back.

use std::sync::Mutex;

use paperwing_engine::failover::NetworkIs;

use super::*;

impl Stage {
    /// The system has looked whether there is a way out.
    async fn system_says(&self, network: NetworkIs) {
        let told = self.pilot.ask(async move |it| {
            it.flight.borrow().as_ref().unwrap().engine.0.network_changed(network);
            Ok(())
        });
        told.await.unwrap();
    }

    /// Every phase from now on.
    fn phases(&self) -> Arc<Mutex<Vec<Phase>>> {
        let (mut brief, phases) = (self.pilot.brief(), Arc::<Mutex<Vec<Phase>>>::default());
        let seen = Arc::clone(&phases);
        brief.borrow_and_update();
        tokio::spawn(async move {
            while brief.changed().await.is_ok() {
                seen.lock().unwrap().extend(brief.borrow_and_update().phase.clone());
            }
        });
        phases
    }

    async fn all_told(&self) -> Vec<Event> {
        let told = self.pilot.ask(async |it| it.events(None).await).await.unwrap();
        told.into_iter().map(|told| told.event).collect()
    }
}

fn is_blocked(phase: &Phase) -> bool {
    matches!(phase, Phase::Blocked { .. })
}

/// The way to a proxy. While there is none, what is sent is lost, and stays lost.
async fn way(proxy: SocketAddr, is_there: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, is_there) = (listener.local_addr().unwrap().port(), Arc::clone(is_there));
    tokio::spawn(async move {
        let mut lost = Vec::new();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            if is_there.load(Ordering::Relaxed) {
                tokio::spawn(async move {
                    let mut proxy = TcpStream::connect(proxy).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut proxy).await;
                });
            } else {
                lost.push(client);
            }
        }
    });
    port
}

#[tokio::test]
async fn while_the_system_knows_no_way_out_there_is_no_internet_and_the_search_begins_anew_when_it_does() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let (phases, is_there) = (stage.phases(), Arc::default());
    let oslo = way(practice.proxies()[0].address(), &is_there).await;
    stage.add(&format!("socks5://127.0.0.1:{oslo}#Oslo"), CONNECTED).await;
    stage.system_says(NetworkIs::Down).await;
    stage.phase(|phase| *phase == Phase::NoInternet).await;
    is_there.store(true, Ordering::Relaxed);
    stage.system_says(NetworkIs::Up).await;
    stage.phase(|phase| *phase == Phase::Connected).await;
    let phases = phases.lock().unwrap().clone();
    assert!(!phases.iter().any(is_blocked), "{phases:?}");
}

#[tokio::test]
async fn a_network_that_leads_nowhere_is_none_and_is_asked_until_it_does() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let (phases, is_there) = (stage.phases(), Arc::default());
    let oslo = way(practice.proxies()[0].address(), &is_there).await;
    let riga = way(practice.proxies()[1].address(), &is_there).await;
    let links = format!("socks5://127.0.0.1:{oslo}#Oslo\nsocks5://localhost:{riga}#Riga");
    stage.add(&links, CONNECTED).await;
    stage.phase(|phase| *phase == Phase::NoInternet).await;
    // The system has nothing to tell: a router far away works again.
    is_there.store(true, Ordering::Relaxed);
    stage.phase(|phase| *phase == Phase::Connected).await;
    assert_eq!(stage.pilot.brief().borrow().pick.as_deref(), Some("Oslo"));
    let phases = phases.lock().unwrap().clone();
    assert!(!phases.iter().any(is_blocked), "{phases:?}");
    let mut told = stage.all_told().await;
    told.retain(|event| {
        matches!(
            event,
            Event::NoNetwork | Event::NetworkBack | Event::Connected | Event::AllBlocked | Event::Blocked { .. }
        )
    });
    assert_eq!(told, [Event::NoNetwork, Event::NetworkBack, Event::Connected]);
}

#[tokio::test]
async fn where_all_are_blocked_nobody_searches_until_a_network_that_was_gone_is_back() {
    let practice = Practice::start().unwrap();
    practice.proxies().iter().for_each(|proxy| proxy.block(Block::Refuse));
    let stage = Stage::new(&practice).await;
    stage.add(&links(&practice, &["Oslo", "Riga"]), CONNECTED).await;
    stage.phase(is_blocked).await;
    practice.proxies()[1].unblock();
    let phases = stage.phases();
    stage.system_says(NetworkIs::Up).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let phases = phases.lock().unwrap().clone();
    assert!(phases.iter().all(is_blocked), "a network that was there all the time is no news: {phases:?}");
    stage.system_says(NetworkIs::Down).await;
    stage.phase(|phase| *phase == Phase::NoInternet).await;
    stage.system_says(NetworkIs::Up).await;
    stage.phase(|phase| *phase == Phase::Connected).await;
    assert_eq!(stage.pilot.brief().borrow().pick.as_deref(), Some("Riga"));
}

#[tokio::test]
async fn without_a_network_a_proxy_that_was_not_met_is_not_called_blocked() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let oslo = way(practice.proxies()[0].address(), &Arc::default()).await;
    stage.add(&format!("socks5://127.0.0.1:{oslo}#Oslo"), CONNECTED).await;
    stage.system_says(NetworkIs::Down).await;
    stage.phase(|phase| *phase == Phase::NoInternet).await;
    let tested = async {
        while stage.rows().await[0].health.spark.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), tested).await.unwrap();
    assert_eq!(stage.rows().await[0].health.verdict, Verdict::Untested);
    assert_eq!(stage.phase(|_| true).await, Phase::NoInternet);
}
