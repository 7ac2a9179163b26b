//! What parses comes out of its own print unchanged, and printing settles at once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use paperwing_link::Proxy;

fuzz_target!(|text: &str| {
    let Ok(proxy) = text.parse::<Proxy>() else { return };
    let printed = proxy.to_link();
    let again: Proxy = match printed.reveal().parse() {
        Ok(again) => again,
        Err(error) => panic!("{} does not parse: {error}", printed.reveal()),
    };
    assert_eq!(again, proxy, "printed as {}", printed.reveal());
    assert_eq!(again.to_link(), printed);
    if let Some(link) = proxy.to_telegram_link() {
        assert_eq!(link.reveal().parse(), Ok(Proxy { name: None, ..proxy }), "printed as {}", link.reveal());
    }
});
