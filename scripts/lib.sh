# Shared by the scripts of this folder: source it, do not run it.
# shellcheck shell=bash

# say prints a message for people on standard error; standard output is for
# what other programs read.
say() { printf '%s\n' "$*" >&2; }

# die says what is wrong and ends the script.
die() {
	say "$*"
	exit 1
}

# have tells whether every named command can be found.
have() {
	local name
	for name in "$@"; do
		command -v "$name" >/dev/null 2>&1 || return 1
	done
}

# postgres_bin prints the folder of the newest PostgreSQL server's programs.
# Debian keeps them out of PATH.
postgres_bin() {
	if have initdb pg_ctl; then
		dirname "$(command -v initdb)"
		return
	fi
	local dir
	dir=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
	[[ -n $dir && -x $dir/initdb ]] || return 1
	printf '%s\n' "$dir"
}

# chromium_path prints the browser that the tests drive.
chromium_path() {
	command -v chromium || command -v chromium-browser || command -v google-chrome
}

# free_port prints a loopback port that nothing listens on. It lies below the
# range the kernel hands out by itself, so nobody takes it by chance.
free_port() {
	local port
	while true; do
		port=$((20000 + RANDOM % 10000))
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			printf '%s\n' "$port"
			return
		fi
	done
}
