# shellcheck shell=bash
# lib.bash PROGRAM TOP: for the tests of the command line: a folder of their own, and expectations that say what differed.
set -uo pipefail
# shellcheck disable=SC2034 # for the tests
program=$1 top=$2
work=$(mktemp -d)
failures=0
server=
cleanup() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	wait
	rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1
export PATH="${program%/*}:$PATH"

wrong() { printf 'WRONG: %s\n' "$*"; failures=$((failures + 1)); }

# expect EXIT PATTERN WORD…: the program's exit code, and an extended regular expression that a line of its output matches ('' for any).
expect() {
	local code=$1 pattern=$2 got
	shift 2
	timeout 180 "$program" "$@" >out 2>err
	got=$?
	[ "$got" = "$code" ] || { wrong "iscsi-assay $*: exit $got, not $code"; tail -n 5 out err; }
	[ -z "$pattern" ] || grep -qE -- "$pattern" out err || { wrong "iscsi-assay $*: nothing says '$pattern'"; tail -n 5 out err; }
}

# refused PATTERN WORD…: one line on stderr that matches, nothing on stdout, exit 2.
refused() {
	expect 2 "$@"
	[ "$(wc -l <err)" = 1 ] || wrong "iscsi-assay ${*:2}: not one line: $(cat err)"
	[ ! -s out ] || wrong "iscsi-assay ${*:2}: talks on stdout, too"
}

# serve WORD…: starts the target; its first URL in $url.
serve() {
	: >urls
	"$program" target "$@" >urls 2>server.err &
	server=$!
	for _ in $(seq 200); do
		[ ! -s urls ] || break
		kill -0 $server 2>/dev/null || { wrong "target $*: $(cat server.err)"; return 1; }
		sleep 0.05
	done
	# shellcheck disable=SC2034 # for the tests
	url=$(head -n 1 urls)
}

# end_server [EXIT]: SIGTERM ends it, with that exit code; 0 when not said.
end_server() {
	local got
	kill "$server" && wait "$server"
	got=$?
	[ $got = "${1-0}" ] || wrong "the target's exit is $got, not ${1-0}: $(tail -n 5 server.err)"
	server=
}

finish() { [ "$failures" = 0 ] || { echo "$failures wrong"; exit 1; }; }
