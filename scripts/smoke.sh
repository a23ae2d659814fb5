#!/usr/bin/env bash
# Starts the built binary as a newcomer would, waits until it is ready, and
# stops it as a service manager would.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

[[ -x bin/admit ]] || die "There is no bin/admit: run make build."
bin/admit version

data=$(mktemp -d)
address=127.0.0.1:$(free_port)
bin/admit demo --data "$data" --listen "$address" >"$data/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$data"' EXIT

ready() { curl --fail --silent --max-time 5 --output /dev/null "http://$address/readyz"; }

for _ in {1..150}; do
	if ready; then break; fi
	kill -0 "$server" 2>/dev/null || break
	sleep 0.2
done
if ! ready; then
	cat "$data/log" >&2
	die "The demo did not become ready on $address."
fi
kill -TERM "$server"
if ! wait "$server"; then
	cat "$data/log" >&2
	die "The demo did not stop cleanly when asked to."
fi
say "The demo became ready, and stopped cleanly when asked to."
