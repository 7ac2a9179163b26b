# Sourced by scripts/package.sh: from the tree to a Debian package, with Debian's own tools.
# shellcheck shell=bash disable=SC2154 # what is not set here is set there

readonly maintainer="The Paperwing authors <paperwing@users.noreply.github.com>"

# What the programs are linked with, in the versions whose symbols they use, as Debian counts dependencies.
libraries() {
    mkdir -p "$work/shlibdeps/debian"
    printf 'Source: paperwing\n\nPackage: paperwing\nArchitecture: any\n' >"$work/shlibdeps/debian/control"
    (cd "$work/shlibdeps" && dpkg-shlibdeps -O -e"$tree/usr/bin/paperwing" -e"$tree/usr/bin/paperwing-desktop" \
        -e"$tree/usr/lib/paperwing/paperwing-window") |
        sed -n 's/^shlibs:Depends=//p'
}

pack_deb() {
    local doc=usr/share/doc/paperwing arch depends
    mkdir "$tree/DEBIAN"
    arch=$(dpkg --print-architecture)
    depends=$(libraries)
    put "$work/zsh" usr/share/zsh/vendor-completions/_paperwing
    put packaging/linux/copyright $doc/copyright
    printf 'paperwing (%s) stable; urgency=medium\n\n  * What changed is in NEWS.md.gz beside this file.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(LC_ALL=C date -uR -d "@$SOURCE_DATE_EPOCH")" >"$work/changelog"
    put_packed "$work/changelog" $doc/changelog

    (cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    {
        printf 'Package: paperwing\nVersion: %s\nArchitecture: %s\nMaintainer: %s\n' "$version" "$arch" "$maintainer"
        printf 'Installed-Size: %s\n' "$(du -sk --apparent-size "$tree/usr" | cut -f 1)"
        printf 'Depends: %s\nRecommends: desktop-file-utils, xdg-utils\nSection: net\nPriority: optional\n' "$depends"
        [[ -z $url ]] || printf 'Homepage: %s\n' "$url"
        cat packaging/linux/description
    } >"$tree/DEBIAN/control"

    local packing=(-Zxz)
    [[ $profile == release ]] || packing=(-Zgzip -z1)
    chmod -R u=rwX,go=rX "$tree"
    dpkg-deb "${packing[@]}" --root-owner-group --build "$tree" "$out/paperwing_${version}_$arch.deb" >/dev/null
}
