# Sourced by scripts/package.sh: from the tree to an RPM, with rpm's own tools, which find the dependencies.
# shellcheck shell=bash disable=SC2154 # what is not set here is set there

pack_rpm() {
    local arch payload=w7.xzdio licence
    arch=$(uname -m)
    [[ $profile == release ]] || payload=w1.gzdio
    put "$work/zsh" usr/share/zsh/site-functions/_paperwing
    for licence in LICENSE-MIT LICENSE-APACHE; do put $licence usr/share/licenses/paperwing/$licence; done
    chmod -R u=rwX,go=rX "$tree"

    # Files, the folders that are ours alone, and those that nobody else may have brought.
    (cd "$tree" && find usr -type f | sed -e 's|^usr/share/\(man\|doc\)/|%doc /&|' -e 's|^usr/share/licenses/|%license /&|' \
        -e 's|^usr|/usr|' | LC_ALL=C sort) >"$work/listing"
    printf '%%dir /usr/share/%s\n' {doc,licenses}/paperwing bash-completion{,/completions} fish{,/vendor_completions.d} \
        zsh{,/site-functions} metainfo >>"$work/listing"
    printf '%%dir /usr/lib/paperwing\n' >>"$work/listing"

    local address=()
    [[ -z $url ]] || address=(--define "url $url")
    rpmbuild -bb --quiet --target "$arch" \
        --define "_topdir $work/rpmbuild" --define "_rpmdir $out" --define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" \
        --define "_binary_payload $payload" --define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1" --define "_buildhost paperwing" \
        --define "version $version" --define "tree $tree" --define "listing $work/listing" \
        ${address[@]+"${address[@]}"} packaging/linux/paperwing.spec >/dev/null
}
