#!/usr/bin/env bash
# Makes a Debian machine ready to build Admit and to run its tests: checks Go,
# Node and npm, and installs from Debian's packages what is missing of the rest.
# Says nothing and is quick when all is there. Only root can install; another
# user is told what to install.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

# newer_than WANT HAVE: is version HAVE at least WANT?
newer_than() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

# need NAME WANT COMMAND...: COMMAND prints the version of a program that must
# be there and be new enough.
need() {
	local name=$1 want=$2 found
	shift 2
	have "$1" || die "$name is missing: install $name $want or newer."
	found=$("$@" | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1)
	newer_than "$want" "$found" || die "$name $found is too old: install $name $want or newer."
}

# missing_packages prints the Debian packages whose programs are not there.
missing_packages() {
	have curl || echo curl
	have git || echo git
	have gcc || echo gcc libc6-dev # the race detector links with it
	chromium_path >/dev/null || echo chromium fonts-liberation
	postgres_bin >/dev/null || echo postgresql
	[[ -x /usr/share/request-tracker5/libexec/rt-server ]] || echo request-tracker5
	perl -MDBD::SQLite -e 1 2>/dev/null || echo rt5-db-sqlite
	perl -MStarlet::Server -e 1 2>/dev/null || echo rt5-standalone
}

need Go "$(sed -n 's/^go //p' go.mod)" go version
need Node 20 node --version
need npm 10 npm --version

scripts/official.sh

mapfile -t packages < <(missing_packages | tr ' ' '\n')
((${#packages[@]} == 0)) && exit 0

install=(apt-get install -y --no-install-recommends "${packages[@]}")
if ! have apt-get; then
	die "The tests need the programs of these Debian packages, and this is not a Debian machine: ${packages[*]}"
fi
if ((EUID != 0)); then
	say "The tests need Debian packages that are not installed. As root, run:"
	die "  apt-get update && ${install[*]}"
fi

say "Installing what the tests need: ${packages[*]}"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -q && "${install[@]}"; } </dev/null >"$log" 2>&1; then
	tail -n 30 "$log" >&2
	die "Debian's packages could not be installed; the whole log is in $log"
fi
rm -f "$log"
mapfile -t packages < <(missing_packages | tr ' ' '\n')
((${#packages[@]} == 0)) || die "Still missing after the installation: ${packages[*]}"
