#!/usr/bin/env bash
# Installs a .deb on a Debian that has nothing but what the package asks for, opens its window, and removes it again:
#   scripts/try-package.sh FILE.deb [PICTURE.png]
# Looks at what 'make test' cannot: dependencies from the distribution, its triggers, a window on a bare screen. Needs
# root, mmdebstrap and the machine's Debian mirror, and some minutes. PICTURE becomes a picture of that window.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

deb=$(realpath "${1:?"usage: scripts/try-package.sh FILE.deb [PICTURE.png]"}")
picture=${2:-}
((EUID == 0)) || die "a root of its own needs root"
has mmdebstrap || die "mmdebstrap is missing (Debian's package of that name)"
# A namespace of its own: whatever is mounted in there, and whatever still runs, goes with this script.
if [[ ${PAPERWING_TRIAL:-} != apart ]]; then
    PAPERWING_TRIAL=apart exec unshare --mount --pid --fork --kill-child --mount-proc \
        "$PWD/scripts/try-package.sh" "$deb" ${picture:+"$(realpath -m "$picture")"}
fi

root=$(mktemp -d)
trap 'umount -lR "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

step "A Debian with nothing on it but a screen"
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
sources=(/etc/apt/sources.list.d/*.sources)
[[ -e ${sources[0]} ]] || sources=(/etc/apt/sources.list)
mmdebstrap --quiet --variant=minbase --include=xvfb,dbus-x11,xdotool,imagemagick,man-db,libglib2.0-bin \
    "$codename" "$root" "${sources[@]}"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
inside useradd --create-home ann

step "What the package asks for, and recommends"
inside apt-get -qq update
inside apt-get -qq -y -o Dpkg::Use-Pty=0 satisfy --no-install-recommends "$(dpkg-deb --field "$deb" Depends)" \
    "$(dpkg-deb --field "$deb" Recommends)" >"$root/tmp/apt" 2>&1 ||
    { cat "$root/tmp/apt" >&2 && die "the distribution does not have it"; }

# Every file and its size, without what package managers write of their own doings, what moves by itself, and what the
# distribution's triggers write anew, be there something to put in or not.
picture_of_root() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./home -o -path ./var/lib/dpkg \
        -o -path ./var/log -o -path './var/cache/*' -o -path ./run \
        -o -name icon-theme.cache -o -name mimeinfo.cache \) -prune -o -type f -printf '%p %s\n' -o -printf '%p\n') | sort
}

before=$(picture_of_root)
step "Installing $(basename "$deb"), with no help from the network"
install -m 644 "$deb" "$root/tmp/paperwing.deb"
inside unshare --net dpkg --install /tmp/paperwing.deb
installed=$(picture_of_root)

step "Trying it"
inside paperwing --version
inside man paperwing | head -n 4
handler=$(inside gio mime x-scheme-handler/paperwing)
echo "$handler"
[[ $handler == *org.paperwing.Paperwing.desktop* ]] || die "paperwing: links would not open Paperwing"

cat >"$root/tmp/window" <<'END'
set -eu
Xvfb :7 -screen 0 800x800x24 -nolisten tcp 2>/dev/null &
while ! xdotool getmouselocation >/dev/null 2>&1; do sleep 0.1; done
paperwing-desktop &
timeout 60 xdotool search --sync --onlyvisible --name Paperwing >/dev/null
sleep 3 # for the picture only: the window is there, its page may still be drawn
import -window root /tmp/window.png
kill $!
wait $! || true
END
inside runuser --login ann --command 'DISPLAY=:7 NO_AT_BRIDGE=1 dbus-run-session -- sh /tmp/window' ||
    die "the window did not open"
echo "the window opened"
[[ -z $picture ]] || cp "$root/tmp/window.png" "$picture"

step "Removing it"
inside dpkg --purge paperwing
diff <(echo "$before") <(picture_of_root) || die "that is not what was there before"
echo "nothing is left; installed were $(comm -13 <(echo "$before") <(echo "$installed") | wc -l) files and folders"
