//! A line that is as long as one likes: two TUN devices, and packets that are handed from the one to the other late. The
//! kernel's own means for that, netem, is not built into every kernel.

use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tun_rs::{DeviceBuilder, SyncDevice};

const MTU: u16 = 1500;

/// A device of this name in the calling thread's network.
pub(crate) fn device(name: &str) -> io::Result<SyncDevice> {
    DeviceBuilder::new().name(name).mtu(MTU).build_sync()
}

/// Carries packets both ways, each so late, until the devices are removed.
pub(crate) fn carry(one: SyncDevice, other: SyncDevice, late: Duration) {
    let (one, other) = (Arc::new(one), Arc::new(other));
    for (from, to) in [(Arc::clone(&one), Arc::clone(&other)), (other, one)] {
        let (queue, queued) = mpsc::channel::<(Instant, Vec<u8>)>();
        thread::spawn(move || {
            let mut packet = [0; MTU as usize];
            while let Ok(length) = from.recv(&mut packet) {
                if queue.send((Instant::now() + late, packet[..length].to_vec())).is_err() {
                    return;
                }
            }
        });
        thread::spawn(move || {
            for (due, packet) in queued {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                // A device that is down loses what it gets, as a line does.
                let _ = to.send(&packet);
            }
        });
    }
}
