//! The application under WebDriver (W3C), driven by WebKit's own driver.

use std::future::Future;
use std::path::Path;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::Screen;
use super::app::program;
use crate::net::free_port;
use crate::process::{Running, eventually, tool};

/// The running application with its page. Dropped, both are killed.
#[derive(Debug)]
pub struct Page {
    client: Client,
    runtime: Runtime,
    driver: Running,
}

// === impl Page ===

impl Page {
    pub(super) fn open(screen: &Screen, words: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let port = free_port();
        let mut driver = tool("WebKitWebDriver");
        driver.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        screen.dress(&mut driver);
        // What lets a driver into the web view; never set where a person starts it.
        driver.envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")]);
        let driver = Running::start(driver);
        let profile = screen.profile().display().to_string();
        let words: Vec<&str> = ["--profile", &profile].into_iter().chain(words.iter().copied()).collect();
        let options = json!({ "binary": program(), "args": words });
        let capabilities = Capabilities::from_iter([("webkitgtk:browserOptions".to_owned(), options)]);
        let address = format!("http://127.0.0.1:{port}");
        let client = eventually("the page is under the driver's control", || {
            let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            let connecting = builder.capabilities(capabilities.clone()).connect(&address);
            runtime.block_on(connecting).ok()
        });
        let page = Self { client, runtime, driver };
        page.wait_for("#app > *");
        page
    }

    /// For what is not here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs something of the client's to its end.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The first element that a CSS selector finds, once there is one.
    pub fn wait_for(&self, css: &str) -> Element {
        self.eventually(&format!("there is {css}"), || self.find(css))
    }

    /// The first element that a CSS selector finds now.
    pub fn find(&self, css: &str) -> Option<Element> {
        self.block_on(self.client.find(Locator::Css(css))).ok()
    }

    /// Clicks what a CSS selector finds, once it can be clicked.
    pub fn click(&self, css: &str) {
        self.eventually(&format!("{css} can be clicked"), || {
            let element = self.find(css)?;
            self.block_on(element.click()).ok()
        });
    }

    /// Clicks the button or link that is called so (by its text or its `aria-label`), once it can be clicked.
    pub fn press(&self, name: &str) {
        let quoted = name.replace('"', "'");
        let path = format!(
            "//*[self::button or self::a or @role='button' or @role='switch' or @role='tab' or @role='menuitem']\
             [normalize-space(.)=\"{quoted}\" or @aria-label=\"{quoted}\"]"
        );
        self.eventually(&format!("“{name}” can be pressed"), || {
            let element = self.block_on(self.client.find(Locator::XPath(&path))).ok()?;
            self.block_on(element.click()).ok()
        });
    }

    /// Types into what a CSS selector finds, in the place of what is there.
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.wait_for(css);
        self.block_on(element.clear()).unwrap_or_else(|error| panic!("{css} cannot be cleared: {error}"));
        self.block_on(element.send_keys(text)).unwrap_or_else(|error| panic!("{css} takes no text: {error}"));
    }

    /// Presses keys in whatever has the focus.
    pub fn type_keys(&self, keys: &[Key]) {
        let text: String = keys.iter().map(|key| char::from(*key)).collect();
        let active = self.block_on(self.client.active_element()).expect("something has the focus");
        self.block_on(active.send_keys(&text)).expect("it takes keys");
    }

    /// Pastes a text, as Ctrl+V does.
    pub fn paste(&self, text: &str) {
        let script = "const data = new DataTransfer(); data.setData('text/plain', arguments[0]);
            (document.activeElement ?? document.body).dispatchEvent(
                new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));";
        self.run(script, &[json!(text)]);
    }

    /// Everything that can be read on the page now.
    pub fn text(&self) -> String {
        self.run("return document.body.innerText;", &[]).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a text can be read on the page.
    pub fn wait_for_text(&self, text: &str) {
        self.eventually(&format!("the page says “{text}”"), || self.text().contains(text).then_some(()));
    }

    /// Waits until a text can be read on the page no more.
    pub fn wait_until_gone(&self, text: &str) {
        self.eventually(&format!("the page no longer says “{text}”"), || {
            (!self.text().contains(text)).then_some(())
        });
    }

    /// What axe-core finds wrong with the page for those who use it without eyes or pointer; empty where that package is
    /// not installed.
    pub fn axe(&self) -> Vec<String> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let Ok(axe) = std::fs::read_to_string(file) else {
            crate::tools::skip("axe-core is not installed: npm install in ui");
            return Vec::new();
        };
        self.run(&axe, &[]);
        let found = self.run_async(
            "const done = arguments[0];
             const ending = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity);
             Promise.all(ending.map((one) => one.finished.catch(() => null))).then(() => axe.run(document)).then(
                 ({ violations }) => done(violations.map(({ id, nodes }) => `${id}: ${nodes.map((one) => one.html).join(' | ')}`)),
                 (error) => done([String(error)]));",
            &[],
        );
        let found = found.as_array().expect("a list").iter();
        found.map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Shows a view: 1 the proxies, 2 activity, 3 settings.
    pub fn view(&self, number: u32) {
        self.click(&format!("nav button:nth-child({number})"));
    }

    /// Closes what lies over the window by a button of that name.
    pub fn close_with(&self, button: &str) {
        self.press(button);
        self.eventually("nothing lies over the window", || self.find("dialog").is_none().then_some(()));
    }

    /// The names of the rows that are in the page, from above.
    pub fn rows(&self) -> Vec<String> {
        let names =
            self.run("return [...document.querySelectorAll('[role=row] .name')].map((one) => one.innerText);", &[]);
        let names = names.as_array().expect("a list").iter();
        names.map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Runs a script in the page; what it returns.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.block_on(self.client.execute(script, arguments.to_vec()))
            .unwrap_or_else(|error| panic!("the script failed: {error}\n{script}"))
    }

    /// What an asynchronous script hands to its last argument, a function.
    pub fn run_async(&self, script: &str, arguments: &[Value]) -> Value {
        self.block_on(self.client.execute_async(script, arguments.to_vec()))
            .unwrap_or_else(|error| panic!("the script failed: {error}\n{script}"))
    }

    /// Asks the core for something, past the page's own code: `core("list", json!({}))`.
    pub fn core(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const [command, given, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, given).then(
                (value) => done({ value }), (error) => done({ error: error instanceof Error ? String(error) : error }));";
        let mut answer = self.run_async(script, &[json!(command), arguments]);
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["value"].take()),
        }
    }

    /// The process id of the application.
    pub fn pid(&self) -> u32 {
        let family = super::Usage::of(self.driver.pid()).processes;
        let ours = family.iter().find(|(name, _)| name.starts_with("paperwing-desk"));
        ours.expect("the driver started it").1
    }

    /// Waits for something; says what the page shows where that is in vain.
    pub fn eventually<T>(&self, what: &str, ask: impl FnMut() -> Option<T>) -> T {
        let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| eventually(what, ask)));
        waited.unwrap_or_else(|_| panic!("waited in vain: {what}\nThe page says:\n{}", self.text()))
    }
}
