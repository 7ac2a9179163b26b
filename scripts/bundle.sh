#!/usr/bin/env bash
# Makes what Tauri's bundler makes, for people of other systems than the packages of scripts/package.sh are for:
#   scripts/bundle.sh appimage|msi|dmg OUT [TARGET]
# and beside it the command `paperwing` in an archive. Runs on the system that the bundle is for; the bundler fetches
# that system's own tools (linuxdeploy, WiX).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kind=${1:?"usage: scripts/bundle.sh appimage|msi|dmg OUT [TARGET]"}
out=${2:?"usage: scripts/bundle.sh appimage|msi|dmg OUT [TARGET]"}
host=$(rustc -vV | sed -n 's/^host: //p')
target=${3:-$host}
version=$(workspace_version)
release=$(target_dir | tr -s '\\' /)/$target/release
mkdir -p "$out" packaging/out

scripts/ui.sh
step "Building for $target (several minutes)"
cargo build --release --locked --target "$target" --package paperwing-cli --package paperwing-desktop --package paperwing-window
node packaging/third-party.mjs "$target" paperwing-cli paperwing-desktop paperwing-window >packaging/out/THIRD-PARTY.txt
node packaging/metainfo.mjs >packaging/out/org.paperwing.Paperwing.metainfo.xml

# The bundler's main program is the one that stays; the others lie beside it, under names with their target.
suffix=$([[ $target != *windows* ]] || echo .exe)
for name in paperwing-window paperwing; do cp "$release/$name$suffix" "packaging/out/$name-$target$suffix"; done

step "Bundling: $kind"
npm ci --prefix packaging --loglevel error --no-audit --no-fund
rm -rf "$release/bundle"
packaging/node_modules/.bin/tauri bundle --ci --config packaging/bundle.json --bundles "$kind" --target "$target"
for bundle in "$release"/bundle/*/*."$kind" "$release"/bundle/*/*.AppImage; do
    [[ ! -e $bundle ]] || cp "$bundle" "$out/paperwing-$version-$target.${bundle##*.}"
done
[[ $kind != appimage ]] || exit 0 # the command is in the other packages for Linux

step "Packing the command"
folder=paperwing-$version-$target
mkdir -p "packaging/out/$folder"
cp LICENSE-MIT LICENSE-APACHE packaging/out/THIRD-PARTY.txt "packaging/out/$folder/"
case $kind in
msi)
    cp "$release/paperwing.exe" "packaging/out/$folder/"
    (cd packaging/out && 7z a -bso0 "$folder.zip" "$folder")
    mv "packaging/out/$folder.zip" "$out/"
    ;;
dmg)
    cp "$release/paperwing" "packaging/out/$folder/"
    tar -C packaging/out -czf "$out/$folder.tar.gz" "$folder"
    ;;
esac
