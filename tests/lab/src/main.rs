//! Blocks proxies while traffic runs, and shows what clients see of it: a table, and a picture of each scenario.

#[cfg(target_os = "linux")]
mod command;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    command::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("the lab needs many loopback addresses and networks of its own: run it on Linux");
    std::process::exit(1);
}
