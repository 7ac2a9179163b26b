//! The lines for a shell, where a desktop has no proxy setting.

use super::*;

impl Stage {
    /// The port that the lines name, once it is the wanted one.
    async fn lines_name(&self, port: u16) {
        let mut brief = self.pilot.brief();
        let wanted = format!("export ALL_PROXY=socks5h://127.0.0.1:{port} ");
        let named = brief.wait_for(|brief| match &brief.system_proxy {
            Some(SystemProxy::Unsupported { shell }) => shell[0].starts_with(&wanted),
            _ => false,
        });
        let named = tokio::time::timeout(Duration::from_secs(20), named).await.is_ok();
        assert!(named, "{wanted} in {:?}", self.pilot.brief().borrow().system_proxy);
    }
}

#[tokio::test]
async fn the_lines_name_the_port_that_is_open_or_will_be() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    stage.add(&links(&practice, &["Oslo"]), KEPT).await;
    let shown = stage.pilot.ask(async |it| {
        it.show_unsupported();
        Ok(())
    });
    shown.await.unwrap();
    let settled = profile(stage.dir.path()).listen()[0].port();
    stage.lines_name(settled).await;

    let taken = TcpListener::bind(("127.0.0.1", settled)).await.unwrap();
    let error = stage.pilot.ask(async |it| it.connect().await).await.unwrap_err();
    let free = error.args["free"].parse().unwrap();
    stage.pilot.ask(async move |it| it.use_port_and_connect(free).await).await.unwrap();
    stage.lines_name(free).await;
    drop(taken);

    let settings = stage.pilot.ask(async |it| it.settings().await).await.unwrap();
    let changed = Settings { port: settled, ..settings };
    stage.pilot.ask(async |it| it.save_settings(changed).await).await.unwrap();
    stage.lines_name(settled).await;

    // Settled by hand while a port is open, it holds from the next time on.
    std::fs::write(stage.dir.path().join("settings.toml"), "listen = [\"[::1]:9\", \"127.0.0.1:9\"]\n").unwrap();
    stage.rows().await;
    stage.lines_name(settled).await;
    stage.pilot.ask(async |it| it.disconnect().await).await.unwrap();
    stage.lines_name(9).await;
}
