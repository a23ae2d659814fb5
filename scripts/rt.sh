#!/usr/bin/env bash
# A real Request Tracker 5 on a loopback port, seeded for the tests.
#
#   scripts/rt.sh DIR PORT    start it in the background; print the variables the tests read
#   scripts/rt.sh stop DIR    stop it; the seeded database stays in DIR
#
# DIR holds everything it writes. A DIR that was seeded before is used as it is.
# Seeded: the queues Access and Other, and Secret, which the service user may not
# see; a status "duplicate" beside the usual ones; the custom fields AdmitKey,
# System, Risk, Teams, Cost center and Start; alice, bob, carol, ana, ben and chen
# (of the demo company) @example.com who can own tickets, dave@example.com who
# cannot; and a service user with the rights docs/providers/request-tracker.md asks
# for. Everybody's password is "password"; root's too. A file in the folder that
# ADMIT_TEST_RT_HOOKS names, with an address on the first line and a secret on the
# second, is a webhook set up as Admit asks for.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

readonly share=/usr/share/request-tracker5
readonly packages='request-tracker5 rt5-db-sqlite rt5-standalone'

usage() {
	sed -n '2,15s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

require_packages() {
	local missing=()
	[ -x "$share/libexec/rt-server" ] || missing+=(request-tracker5)
	perl -MDBD::SQLite -e 1 2>/dev/null || missing+=(rt5-db-sqlite)
	perl -MStarlet::Server -e 1 2>/dev/null || missing+=(rt5-standalone)
	have curl || missing+=(curl)
	[ ${#missing[@]} -eq 0 ] && return
	die "Request Tracker cannot be started: ${missing[*]} is missing. As root, on Debian 12, run:
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages curl"
}

# configure writes the configuration; the port may differ from the last time.
configure() {
	mkdir -p "$dir"/{conf.d,db,mason,hooks}
	cat >"$dir/RT_SiteConfig.pm" <<-PERL
		Set(\$rtname, 'admit-test');
		Set(\$Organization, 'admit-test');
		Set(\$Timezone, 'UTC');
		Set(\$WebDomain, '127.0.0.1');
		Set(\$WebPort, $port);
		Set(\$WebPath, '');
		Set(\$WebBaseURL, 'http://127.0.0.1:$port');
		Set(\$WebSecureCookies, 0);
		Set(\$DatabaseType, 'SQLite');
		Set(\$DatabaseName, '$dir/db/rtdb');
		Set(\$MasonDataDir, '$dir/mason');
		Set(\$MailCommand, 'testfile');
		Set(\$LogToSTDERR, 'warning');
		Set(\$LogToSyslog, undef);
		Set(\$LogToFile, undef);
		Set(\$BcryptCost, 4); # tokens are checked with each call
		# The usual statuses, and one more that ends a ticket.
		my @open  = qw(new open stalled);
		my @ended = qw(resolved rejected duplicate deleted);
		Set(%Lifecycles, default => {
			initial     => ['new'],
			active      => [qw(open stalled)],
			inactive    => [@ended],
			defaults    => { on_create => 'new', reminder_on_open => 'open', reminder_on_resolve => 'resolved' },
			transitions => { '' => ['new'], map { my \$from = \$_; ( \$from => [ grep { \$_ ne \$from } @open, @ended ] ) } @open, @ended },
			rights      => { '* -> deleted' => 'DeleteTicket', '* -> *' => 'ModifyTicket' },
			actions     => [
				'new -> open'   => { label => 'Open It', update => 'Respond' },
				'* -> resolved' => { label => 'Resolve', update => 'Comment' },
				'* -> rejected' => { label => 'Reject', update => 'Respond' },
			],
		});
		1;
	PERL
	export RT_SITE_CONFIG="$dir/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$dir/conf.d"
}

# perl_block prints one of the pieces of Perl that Admit tells admins to paste:
# the first is the condition of the scrip, the second what it does.
perl_block() {
	awk -v wanted="$1" '/^```perl/ { n++; inside = n == wanted; next } /^```/ { inside = 0 } inside' \
		"$(dirname "$0")/../internal/ticket/requesttracker/webhook.md"
}

# seed makes the database. The token is written last: without it DIR is not seeded.
seed() {
	[ -s "$dir/token" ] && return
	rm -f "$dir"/db/rtdb*
	rt-setup-database-5 --action init --force >"$dir/seed.log" 2>&1 || die "could not make the database: see $dir/seed.log"
	ADMIT_HOOKS=$dir/hooks ADMIT_CONDITION=$(perl_block 1) ADMIT_ACTION=$(perl_block 2) \
		perl -I/usr/local/share/request-tracker5/lib -I"$share/lib" - >"$dir/token.new" 2>>"$dir/seed.log" <<'PERL' || die "could not seed the database: see $dir/seed.log"
use strict;
use warnings;
use RT -init;
use RT::AuthToken;

my $system = RT->SystemUser;

sub made { my ( $id, $why ) = @_; die $why unless $id; return $id }

sub user {
    my ( $name, $email ) = @_;
    my $user = RT::User->new($system);
    made( $user->Create(
        Name => $name, RealName => ucfirst $name, EmailAddress => $email,
        Password => 'password', Privileged => 1, Timezone => 'UTC' ) );
    return $user;
}

sub queue {
    my $queue = RT::Queue->new($system);
    made( $queue->Create( Name => shift ) );
    return $queue;
}

sub grant {
    my ( $user, $object, @rights ) = @_;
    made( $user->PrincipalObj->GrantRight( Right => $_, Object => $object ) ) for @rights;
}

my @queues = map { queue($_) } qw(Access Other);
my $secret = queue('Secret');

sub field {
    my ( $name, $type, %more ) = @_;
    my $values = delete $more{Values} || [];
    my $field = RT::CustomField->new($system);
    made( $field->Create( Name => $name, Type => $type, LookupType => 'RT::Queue-RT::Ticket', %more ) );
    made( $field->AddToObject($_) ) for @queues, $secret;
    made( $field->AddValue( Name => $_ ) ) for @$values;
    return $field;
}

my @fields = (
    field( 'AdmitKey',    'FreeformSingle' ),
    field( 'System',      'FreeformSingle', Description => 'Where to make the change' ),
    field( 'Risk',        'SelectSingle', Values => [qw(low high)] ),
    field( 'Teams',       'SelectMultiple', Values => [qw(red green blue)] ),
    field( 'Cost center', 'FreeformSingle', Pattern => '^\d{4}$' ),
    field( 'Start',       'DateSingle' ),
);

for my $name (qw(alice bob carol ana ben chen)) {
    my $user = user( $name, "$name\@example.com" );
    grant( $user, $_, qw(SeeQueue ShowTicket ShowTicketComments OwnTicket ModifyTicket DeleteTicket CommentOnTicket) ) for @queues;
}
my $dave = user( 'dave', 'dave@example.com' );
grant( $dave, $_, qw(SeeQueue ShowTicket) ) for @queues;

my $bot = user( 'admit', 'admit@example.com' );
grant( $bot, $_, qw(SeeQueue ShowTicket CreateTicket CommentOnTicket ModifyTicket ReassignTicket) ) for @queues;
grant( $bot, $_, qw(SeeCustomField SetInitialCustomField) ) for @fields;

# The scrip of internal/ticket/requesttracker/webhook.md, once for each file in the folder.
my $action = $ENV{ADMIT_ACTION};
$action =~ s/'\{\{url\}\}'/\$hook[0]/ && $action =~ s/'\{\{secret\}\}'/\$hook[1]/ or die 'the scrip has no place for address and secret';
my $scrip = RT::Scrip->new($system);
made( $scrip->Create(
    Description => 'Tell Admit', Queue => 0, Stage => 'TransactionBatch', Template => 'Blank',
    ScripCondition => 'User Defined', ScripAction => 'User Defined',
    CustomIsApplicableCode => $ENV{ADMIT_CONDITION}, CustomPrepareCode => 'return 1;',
    CustomCommitCode => "for my \$file (glob '$ENV{ADMIT_HOOKS}/*') {
        open my \$in, '<', \$file or next;
        chomp( my \@hook = <\$in> );
        sub { $action }->();
    }
    return 1;" ) );

my ( $ok, $why, $token ) = RT::AuthToken->new($system)->Create( Owner => $bot->id, Description => 'tests' );
made( $ok, $why );
print $token;
PERL
	mv "$dir/token.new" "$dir/token"
}

# running prints the process id of the server of DIR, if it runs.
running() {
	local pid
	pid=$(cat "$dir/pid" 2>/dev/null) || return 1
	# A process id may have been given to somebody else since.
	grep -zqF "RT_SITE_CONFIG=$dir/" "/proc/$pid/environ" 2>/dev/null || return 1
	echo "$pid"
}

answers() {
	curl -sf -m 10 -o /dev/null -H "Authorization: token $(cat "$dir/token")" "http://127.0.0.1:$port/REST/2.0/rt"
}

start() {
	require_packages
	if running >/dev/null && ! answers; then
		stop
	fi
	if ! running >/dev/null; then
		configure
		seed
		setsid "$share/libexec/rt-server" --server Starlet \
			--host 127.0.0.1 --port "$port" --workers 3 >"$dir/server.log" 2>&1 </dev/null &
		echo $! >"$dir/pid"
		wait_until_it_answers
	fi
	echo "ADMIT_TEST_RT_URL=http://127.0.0.1:$port"
	echo "ADMIT_TEST_RT_TOKEN=$(cat "$dir/token")"
	echo "ADMIT_TEST_RT_HOOKS=$dir/hooks"
}

wait_until_it_answers() {
	local tries=300
	until answers; do
		kill -0 "$(cat "$dir/pid")" 2>/dev/null || die "the server ended: $(tail -n 5 "$dir/server.log")"
		[ $((tries--)) -gt 0 ] || die "the server does not answer: $(tail -n 5 "$dir/server.log")"
		sleep 0.1
	done
}

stop() {
	local pid tries=100
	pid=$(running) || return 0
	kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true
	while running >/dev/null; do
		[ $((tries--)) -gt 0 ] || die "process $pid does not end"
		sleep 0.1
	done
	rm -f "$dir/pid"
}

[ $# -eq 2 ] || usage
if [ "$1" = stop ]; then
	dir=$(realpath -m -- "$2")
	stop
else
	dir=$(realpath -m -- "$1")
	port=$2
	case $port in '' | *[!0-9]*) usage ;; esac
	start
fi
