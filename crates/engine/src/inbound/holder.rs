//! Which program has taken a port.

/// The name and process id of the program that listens on a port of this computer, where it can be found out.
#[cfg(target_os = "linux")]
pub(super) fn holder(port: u16) -> Option<String> {
    use std::fs;

    const LISTENING: &str = "0A";
    let socket_of = |table: &str| {
        fs::read_to_string(table).ok()?.lines().skip(1).find_map(|line| {
            let mut columns = line.split_ascii_whitespace().skip(1);
            let local = columns.next()?;
            let state = columns.nth(1)?;
            let inode = columns.nth(5)?;
            let its_port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
            (its_port == port && state == LISTENING).then(|| format!("socket:[{inode}]"))
        })
    };
    let socket = socket_of("/proc/net/tcp").or_else(|| socket_of("/proc/net/tcp6"))?;
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid = process.file_name().to_str()?.parse::<u32>().ok()?;
        let mut files = fs::read_dir(process.path().join("fd")).ok()?.flatten();
        files.find(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == socket.as_str()))?;
        let name = fs::read_to_string(process.path().join("comm")).ok()?;
        Some(format!("{} (process {pid})", name.trim()))
    })
}

#[cfg(not(target_os = "linux"))]
pub(super) fn holder(_port: u16) -> Option<String> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn our_own_port_is_held_by_us() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = super::holder(listener.local_addr().unwrap().port()).unwrap();
        assert!(found.ends_with(&format!("(process {})", std::process::id())), "{found}");
    }
}
