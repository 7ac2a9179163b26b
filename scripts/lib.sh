# Sourced by the other scripts, never run: what all of them need.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# A shell that was open when rustup was installed does not know its folder yet, and daemons live where only root looks.
export PATH="$PATH:$HOME/.cargo/bin:/usr/local/sbin:/usr/sbin:/sbin"

step() { printf '==> %s\n' "$*"; }

# One line for each argument, then out.
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '       %s\n' "$@" >&2
    exit 1
}

# Only a program counts: a function of the same name in a script of ours would pass for it.
has() { type -P "$1" >/dev/null; }

# Where cargo puts what it builds: an environment variable or a cargo setting may have moved it.
target_dir() {
    cargo metadata --no-deps --format-version 1 --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}

workspace_version() { sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml; }
