//! What stands under each command's help: what it does beyond one line, and lines that can be typed as they stand.

pub(super) const PAPERWING: &str = "\
Begin with:
  paperwing demo                                     # watch a failover, no network needed
  paperwing import 'socks5://user:password@host:1080#Oslo'
  paperwing up                                       # says what to set in your browser

Whoever runs a proxy can see which sites you visit and your IP address. Add only what comes from people you trust.

Exit codes: 0 it worked, 1 it did not, 2 what was typed or read makes no sense.";

pub(super) const IMPORT: &str = "\
Takes tg://, t.me, socks5://, http://, ss://, trojan://, vless:// and other links, lists of them, base64, Clash, \
sing-box, SIP008 and v2ray files, and pictures of QR codes. Shows what it found and asks before it adds anything. \
Nothing is contacted but a web address that you name.

A link on a command line can be seen by other users of this computer for a few milliseconds and stays in your shell's \
history. To avoid both, type `paperwing import -`, paste the link, press Enter and Ctrl-D.

Examples:
  paperwing import 'tg://socks?server=proxy.example&port=1080&user=a&pass=b'
  paperwing import list.txt --as http
  paperwing import https://example.com/list.yaml
  paperwing import - --yes < list.txt";

pub(super) const LIST: &str = "\
Reads the list only: nothing is tested, nobody is contacted. It works while `paperwing up` runs.

What cannot be used on this computer as it is says why; with --json that is \"unsupported\". For Shadowsocks, Trojan, VLESS \
and VMess it stands in the link, which is sealed where it holds a password: the key is used for that where it can be had \
without asking you for a passphrase.

Examples:
  paperwing list
  paperwing list --json";

pub(super) const TEST: &str = "\
Four at a time. Each proxy is asked for a small page, and every stage is timed: resolve, connect, tls, greet, auth, \
request, first byte. Exit code 1 where any of them fails.

Examples:
  paperwing test
  paperwing test Oslo Riga
  paperwing test --page http://example.com/";

pub(super) const UP: &str = "\
One port takes SOCKS5, SOCKS4a and HTTP: 127.0.0.1:1080 and [::1]:1080 unless you say otherwise. When a proxy gets \
blocked, new connections go through the next one. When none works, traffic stops: nothing ever goes around the proxies.

With --system-proxy the desktop's own proxy setting points here while it runs, so that most programs need no setting of \
their own. What was there before comes back when it ends, however it ends. Programs that ignore the setting, UDP and WebRTC \
still go around.

Without any proxy it starts three practice proxies inside this program. They hide nothing; they are for trying out.

A link with a password can be seen by other users of this computer for a few milliseconds at the start and stays in \
your shell's history: `--proxy -` reads links from standard input, `--proxy @FILE` from a file.

`use`, `import`, `remove`, `rename` and `subscription` take effect in a running `up` at once (on Windows: when it is \
started again).

Examples:
  paperwing up
  paperwing up --system-proxy
  paperwing up --listen 127.0.0.1:1090
  paperwing up --proxy socks5://proxy.example:1080 --proxy http://other.example:3128
  paperwing up --proxy @links.txt --json";

pub(super) const STATUS: &str = "\
Asks the `paperwing up` that runs on your list, over a socket that only you can open. Exit code 1 where none runs. It \
contacts no proxy: what it shows was learnt from your own traffic. LAST is how long a proxy usually takes to connect, \
or what went wrong.

Where connections lead is told only with --connections, and is written down nowhere. An `up --proxy` keeps nothing and \
answers no questions: it prints what happens itself.

Examples:
  paperwing status
  paperwing status --connections
  paperwing status --json";

pub(super) const TELEGRAM: &str = "\
Telegram opens the link, shows the address and asks whether to use it. Where the list has MTProto proxies, that is a port \
of its own for Telegram, which those carry; it stays the same from one start to the next. Else it is the port that \
takes everything.

The link holds a secret that keeps other users of this computer and web pages away from that port.

Examples:
  paperwing telegram
  paperwing telegram --json";

pub(super) const EVENTS: &str = "\
The sentences that `paperwing up` prints, with their times, also from one that runs in the background. It keeps the \
last 500 in memory and forgets them when it stops. Exit code 1 where none runs.

With --json each line has \"time\" and \"event\": listening, switched, blocked, rejected, recovered, no_network, \
network_back, all_blocked, sign_in_needed, sign_in_over, reloaded, system_proxy, note, missed.

Examples:
  paperwing events
  paperwing events -n 20
  paperwing events -n 0 --follow
  paperwing events --json > events.jsonl";

pub(super) const USE: &str = "\
The proxy is used while it works and returned to once it works again.

Examples:
  paperwing use Oslo
  paperwing use auto";

pub(super) const REMOVE: &str = "\
Says how to put it back.

Examples:
  paperwing remove Oslo";

pub(super) const RENAME: &str = "\
Examples:
  paperwing rename Oslo Bergen";

pub(super) const SHARE: &str = "\
The link holds the password in clear: whoever gets it can use the proxy as you do.

Examples:
  paperwing share Oslo
  paperwing share Oslo --qr";

pub(super) const LINK_PARSE: &str = "\
Contacts nobody and changes nothing.

Examples:
  paperwing link parse 'tg://socks?server=proxy.example&port=1080'
  paperwing link parse --json ss://YWVzLTI1Ni1nY206cGFzcw@example.com:8388
  paperwing link parse --json --document - < list.txt";

pub(super) const SUBSCRIPTION_ADD: &str = "\
The address is often a secret itself: it is kept sealed like a password.

Examples:
  paperwing subscription add https://example.com/list";

pub(super) const SUBSCRIPTION_REFRESH: &str = "\
A bad answer never replaces the last good list.

Examples:
  paperwing subscription refresh";

pub(super) const SYSTEM_PROXY_ON: &str = "\
Asks the `paperwing up` that runs on your list. What was there before is written down first and comes back when that one \
stops, is killed, or after a power loss at the next login. GNOME and its relatives (Cinnamon, MATE, Budgie, Unity, Xfce's \
programs in part), KDE, Windows and macOS have such a setting.

Programs that ignore the setting, UDP and WebRTC still go around.

Examples:
  paperwing system-proxy on";

pub(super) const SYSTEM_PROXY_OFF: &str = "\
Only what still is as Paperwing set it is put back: what you or another program changed meanwhile stays.

Examples:
  paperwing system-proxy off";

pub(super) const SYSTEM_PROXY_STATUS: &str = "\
With --json \"state\" is one of on, off, changed_by_other, left_behind, unsupported.

Examples:
  paperwing system-proxy status
  paperwing system-proxy status --json";

pub(super) const SYSTEM_PROXY_RESTORE: &str = "\
By hand, what otherwise happens by itself. It changes nothing while a Paperwing runs that has the setting in hand.

Examples:
  paperwing system-proxy restore";

pub(super) const DEMO: &str = "\
Starts three practice proxies inside this program, sends requests through them, blocks one, then another, and prints \
what happens and the figures. Exit code 1 where any request failed.

Examples:
  paperwing demo";

pub(super) const COMPLETIONS: &str = "\
Examples:
  paperwing completions bash > ~/.local/share/bash-completion/completions/paperwing
  paperwing completions zsh > ~/.zfunc/_paperwing
  paperwing completions fish > ~/.config/fish/completions/paperwing.fish";

pub(super) const MAN: &str = "\
Examples:
  paperwing man > paperwing.1
  paperwing man --out .";

#[cfg(test)]
pub(super) const ALL: [&str; 22] = [
    PAPERWING,
    IMPORT,
    LIST,
    TEST,
    UP,
    STATUS,
    TELEGRAM,
    EVENTS,
    USE,
    REMOVE,
    RENAME,
    SHARE,
    LINK_PARSE,
    SUBSCRIPTION_ADD,
    SUBSCRIPTION_REFRESH,
    SYSTEM_PROXY_ON,
    SYSTEM_PROXY_OFF,
    SYSTEM_PROXY_STATUS,
    SYSTEM_PROXY_RESTORE,
    DEMO,
    COMPLETIONS,
    MAN,
];
