# shellcheck shell=bash
# lib.bash PROGRAM TOP: for the tests of the command line: a folder of their own, and expectations that say what differed.
set -uo pipefail
# shellcheck disable=SC2034 # for the tests
program=$1 top=$2
work=$(mktemp -d)
failures=0
cleanup() { rm -rf "$work"; }
trap cleanup EXIT
cd "$work" || exit 1
export PATH="${program%/*}:$PATH"

wrong() { printf 'WRONG: %s\n' "$*"; failures=$((failures + 1)); }

# expect EXIT PATTERN WORD…: the program's exit code, and an extended regular expression that a line of its output matches ('' for any).
expect() {
	local code=$1 pattern=$2 got
	shift 2
	timeout 60 "$program" "$@" >out 2>err
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

finish() { [ "$failures" = 0 ] || { echo "$failures wrong"; exit 1; }; }
