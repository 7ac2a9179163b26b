//! Measures Paperwing side by side with other forwarders: same upstream, same load, one run. Writes
//! `docs/benchmarks.md`.

#[cfg(target_os = "linux")]
mod contender;
#[cfg(target_os = "linux")]
mod document;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod plan;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod shadowsocks;
#[cfg(target_os = "linux")]
mod stand_in;
#[cfg(target_os = "linux")]
mod usage;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    run::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("the processor time of other processes is measured in Linux's way: run this on Linux")
}
