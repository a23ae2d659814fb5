#!/usr/bin/env bash
# Runs a command with the services that the tests talk to: a throw-away
# PostgreSQL and a real Request Tracker on free loopback ports, and a browser.
# Stops them afterwards, whatever happens, and passes the exit code on.
#
#   scripts/with-services.sh [--durable] COMMAND [ARGUMENT...]
#
# --durable makes PostgreSQL wait for the disk: for benchmarks. scripts/setup.sh
# installs what this needs. CI is set for the command: with every service up, a
# test that skips itself is a fault.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/scripts/lib.sh"

postgres_flags=()
if [[ ${1:-} == --durable ]]; then
	postgres_flags=(--durable)
	shift
fi
(($# > 0)) || die "usage: $0 [--durable] COMMAND [ARGUMENT...]"

services=$(mktemp -d)
chmod 711 "$services" # PostgreSQL runs as another user when we are root
stop_services() {
	local name
	for name in rt postgres; do
		if [[ -d $services/$name ]]; then
			"$root/scripts/$name.sh" stop "$services/$name" || say "$name could not be stopped."
		fi
	done
	rm -rf "$services"
}
trap stop_services EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME FLAG...: starts a service and exports the variables it prints.
start() {
	local name=$1 line
	shift
	"$root/scripts/$name.sh" "$@" "$services/$name" "$(free_port)" >"$services/$name.env"
	while IFS= read -r line; do
		if [[ $line =~ ^ADMIT_TEST_[A-Z_]+= ]]; then export "${line?}"; fi
	done <"$services/$name.env"
}
start postgres "${postgres_flags[@]}"
start rt
ADMIT_TEST_CHROMIUM=$(chromium_path) || die "There is no browser: run scripts/setup.sh."
export ADMIT_TEST_CHROMIUM

specs=${ADMIT_SPECS:-$root/../shared/specs}
if [[ -d $specs ]]; then
	ADMIT_SPECS=$(cd "$specs" && pwd)
	export ADMIT_SPECS CI=${CI:-true}
else
	say "The providers' official schemas are not in $specs: tests that compare with them are skipped."
fi

status=0
"$@" || status=$?
exit "$status"
