//! How a connection ends: in order, by a failure, by silence.

use super::*;

#[tokio::test]
async fn a_client_that_is_done_is_still_answered() {
    for way in WAYS {
        let mut bench = set_up(way).await;
        bench.client.write_all(b"question").await.unwrap();
        bench.client.shutdown().await.unwrap();
        let mut question = Vec::new();
        bench.target.read_to_end(&mut question).await.unwrap();
        assert_eq!(question, b"question");
        assert!(!bench.relay.is_finished());
        send(bench.target, noise(3, 500_000), vec![9_999]).await;
        assert!(receive(bench.client).await == noise(3, 500_000));
        assert_eq!(bench.relay.await.unwrap(), Ended { up: 8, down: 500_000, why: Why::Finished });
    }
}

#[tokio::test]
async fn a_target_that_is_done_is_still_sent_to() {
    for way in WAYS {
        let mut bench = set_up(way).await;
        bench.target.shutdown().await.unwrap();
        let mut nothing = [0];
        assert_eq!(bench.client.read(&mut nothing).await.unwrap(), 0);
        send(bench.client, noise(4, 500_000), vec![9_999]).await;
        assert!(receive(bench.target).await == noise(4, 500_000));
        assert_eq!(bench.relay.await.unwrap(), Ended { up: 500_000, down: 0, why: Why::Finished });
    }
}

#[tokio::test]
async fn a_reset_target_resets_the_client() {
    for way in WAYS {
        let mut bench = set_up(way).await;
        bench.target.write_all(b"half a bo").await.unwrap();
        let mut begun = [0; 9];
        bench.client.read_exact(&mut begun).await.unwrap();
        end::reset_on_close(&bench.target);
        drop(bench.target);
        let error = bench.client.read(&mut begun).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{way:?}");
        let fault = Fault { side: Side::Upstream, during: During::Reading, kind: io::ErrorKind::ConnectionReset };
        assert_eq!(bench.relay.await.unwrap(), Ended { up: 0, down: 9, why: Why::Broken(fault) });
    }
}

#[tokio::test]
async fn a_reset_client_resets_the_target() {
    for way in WAYS {
        let mut bench = set_up(way).await;
        end::reset_on_close(&bench.client);
        drop(bench.client);
        let error = bench.target.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{way:?}");
        let fault = Fault { side: Side::Client, during: During::Reading, kind: io::ErrorKind::ConnectionReset };
        assert_eq!(bench.relay.await.unwrap().why, Why::Broken(fault));
    }
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_an_upload_reaches_the_client() {
    for way in WAYS {
        let mut bench = set_up_narrow(way).await;
        fill(&bench.client).await;
        bench.target.write_all(b"413").await.unwrap();
        let mut refusal = [0; 3];
        bench.client.read_exact(&mut refusal).await.unwrap();
        // Closed with the upload unread: a reset.
        drop(bench.target);
        assert_eq!(&refusal, b"413");
        assert!(bench.client.read(&mut refusal).await.is_err(), "{way:?}");
        assert!(matches!(bench.relay.await.unwrap().why, Why::Broken(Fault { side: Side::Upstream, .. })));
    }
}

#[tokio::test]
async fn a_dropped_relay_resets_both_sides() {
    let mut bench = set_up(Way::Auto).await;
    bench.client.write_all(b"x").await.unwrap();
    bench.target.read_exact(&mut [0]).await.unwrap();
    bench.relay.abort();
    assert_eq!(bench.client.read(&mut [0]).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(bench.target.read(&mut [0]).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_after_its_limit_and_no_sooner() {
    let mut bench = set_up(Way::Auto).await;
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_mins(29)).await;
    bench.client.write_all(b"x").await.unwrap();
    bench.target.read_exact(&mut [0]).await.unwrap();
    let ended = bench.relay.await.unwrap();
    assert_eq!(ended, Ended { up: 1, down: 0, why: Why::Idle });
    let lasted = begun.elapsed();
    assert!(lasted >= Duration::from_mins(59) && lasted < Duration::from_hours(1), "{lasted:?}");
    assert!(bench.client.read(&mut [0]).await.is_err(), "a reset, not an orderly end");
}

#[tokio::test(start_paused = true)]
async fn half_closed_silence_has_a_shorter_limit() {
    let mut bench = set_up(Way::Auto).await;
    bench.client.shutdown().await.unwrap();
    assert_eq!(bench.target.read(&mut [0]).await.unwrap(), 0);
    let begun = Instant::now();
    assert_eq!(bench.relay.await.unwrap().why, Why::Idle);
    let lasted = begun.elapsed();
    assert!(lasted >= Duration::from_mins(1) && lasted <= Duration::from_mins(2), "{lasted:?}");
}
