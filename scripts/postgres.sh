#!/usr/bin/env bash
# A throw-away PostgreSQL on loopback.
#
#   scripts/postgres.sh [--durable] DIR PORT   starts one in DIR and prints its ADMIT_TEST_POSTGRES_URL
#   scripts/postgres.sh stop DIR               stops it; DIR stays
#   scripts/postgres.sh restart DIR MODE       restarts it: MODE is smart, fast or immediate
#
# It does not wait for the disk, since losing it loses nothing. With --durable
# it does, as a real one would: for benchmarks.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
	die "usage: $0 [--durable] DIR PORT | $0 stop DIR | $0 restart DIR smart|fast|immediate"
}

bin=$(postgres_bin) || die "PostgreSQL's server programs are not installed (Debian package: postgresql)."

# unprivileged runs a command as a user whom PostgreSQL accepts: it refuses root.
unprivileged() {
	if ((EUID == 0)); then
		runuser -u "$owner" -- "$@"
	else
		"$@"
	fi
}
owner=$(id -un)
if ((EUID == 0)); then
	owner=nobody
	if id postgres >/dev/null 2>&1; then owner=postgres; fi
fi

start() {
	local dir=$1 port=$2 durable=$3 password
	[[ $port =~ ^[0-9]+$ ]] || usage
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[[ ! -e $dir/data ]] || die "$dir/data is there already: stop that server and remove it first."
	chown "$owner" "$dir"
	unprivileged test -w "$dir" || die "User $owner cannot reach $dir: give its parent folders the x permission."

	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s\n' "$password" >"$dir/password"
	: >"$dir/log"
	chown "$owner" "$dir/password" "$dir/log"
	chmod 600 "$dir/password"
	(cd "$dir" && unprivileged "$bin/initdb" --pgdata "$dir/data" --username admit --pwfile "$dir/password" \
		--auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-sync) >"$dir/log" 2>&1 || fail "$dir"
	cat >>"$dir/data/postgresql.conf" <<-CONF
		listen_addresses = '127.0.0.1'
		port = $port
		unix_socket_directories = '$dir'
		max_connections = 300
		timezone = 'UTC'
	CONF
	if [[ $durable == no ]]; then
		printf '%s = off\n' fsync synchronous_commit full_page_writes >>"$dir/data/postgresql.conf"
	fi
	(cd "$dir" && unprivileged "$bin/pg_ctl" --pgdata "$dir/data" --log "$dir/log" --wait --silent start) \
		>/dev/null </dev/null || fail "$dir"
	echo "ADMIT_TEST_POSTGRES_URL=postgres://admit:$password@127.0.0.1:$port/postgres?sslmode=disable"
}

stop() {
	local dir
	dir=$(cd "$1" && pwd)
	[[ -f $dir/data/postmaster.pid ]] || return 0
	(cd "$dir" && unprivileged "$bin/pg_ctl" --pgdata "$dir/data" --mode immediate --wait --silent stop)
}

restart() {
	local dir
	dir=$(cd "$1" && pwd)
	(cd "$dir" && unprivileged "$bin/pg_ctl" --pgdata "$dir/data" --log "$dir/log" --mode "$2" --wait --silent restart) \
		>/dev/null </dev/null || fail "$dir"
}

fail() {
	tail -n 20 "$1/log" >&2
	die "PostgreSQL did not start; its log is $1/log"
}

durable=no
if [[ ${1:-} == --durable ]]; then
	durable=yes
	shift
fi
if (($# == 3)) && [[ $1 == restart ]]; then
	restart "$2" "$3"
	exit
fi
(($# == 2)) || usage
if [[ $1 == stop ]]; then
	stop "$2"
else
	start "$1" "$2" "$durable"
fi
