#!/usr/bin/env bash
# record.bash PROGRAM TOP: a run through the recording proxy ends as one without it, and what was recorded is what check wants to read: nothing lost, no false alarm, a defect found; a kill leaves a readable file.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
recorder=
trap '[ -z "$recorder" ] || kill -9 "$recorder" 2>/dev/null; cleanup' EXIT

# record FILE [OPTION…]: a recorder before the served target; the URL through it in $through.
record() {
	local file=$1
	shift
	: >address
	"$program" record --to "$portal" "$@" "$file" >address 2>record.err &
	recorder=$!
	for _ in $(seq 200); do
		[ ! -s address ] || break
		kill -0 $recorder 2>/dev/null || { wrong "record: $(cat record.err)"; return 1; }
		sleep 0.05
	done
	through=${url/$portal/$(cat address)}
}

# end_record SIGNAL EXIT PATTERN
end_record() {
	local got
	kill "-$1" "$recorder"
	wait "$recorder" 2>/dev/null
	got=$?
	recorder=
	[ $got = "$2" ] || wrong "record, ended by $1: exit $got, not $2: $(cat record.err)"
	grep -qE -- "$3" record.err || wrong "record says nothing like '$3': $(cat record.err)"
}

portal_of() { portal=${url#iscsi://}; portal=${portal%%/*}; }

serve --listen 127.0.0.1:0
portal_of
record all.pcapng
expect 0 '; 0 unexpected$' run -q -t "$through" -o through 'nop.*' 'login.a*' 'data.*' --write-lun 0
end_record TERM 0 'recorded [1-9][0-9]* connections, [1-9][0-9]* bytes to targets, [1-9][0-9]* to initiators, in all.pcapng$'
"$program" check --json all.pcapng >check.json
python3 - <<'END' || wrong "see above"
import json
k = json.load(open("check.json"))
bad = [n for n in ("malformed_packets", "other_packets", "reordered_segments", "repeated_bytes", "conflicts", "lost_bytes") if k["counts"][n]]
said = int(__import__("re").search(r"recorded (\d+) connections", open("record.err").read()).group(1))
with_login = [c for c in k["connections"] if c["logged_in"]]
# the tests are wrong on purpose as initiators; the target is right
by_target = [f for f in k["rules"] if f["offender"] == "target"]
print("" if not bad and not by_target else f"{bad} {by_target}", end="")
if len(with_login) < 5 or said < len(k["connections"]):
    print(f"{len(with_login)} logins, {said} connections recorded, {len(k['connections'])} found")
    bad = True
raise SystemExit(bool(bad or by_target))
END
cp all.pcapng first.pcapng
expect 8 "^     comment   127.0.0.1:[0-9]+ to $portal, by way of 127.0.0.1:[0-9]+\$" check all.pcapng

# A capture is written over, nothing else is; and what cannot be is refused.
refused 'record needs one file' record --to "$portal"
refused 'record needs --to' record x.pcapng
refused 'record writes to a file' record --to "$portal" -
refused "--to: bad value '127.0.0.1:0'" record --to 127.0.0.1:0 x.pcapng
refused "--listen: bad value '1:2:3:4'" record --to "$portal" --listen 1:2:3:4 x.pcapng
refused 'none/x.pcapng: cannot write it: No such file' record --to "$portal" none/x.pcapng
expect 5 '/dev/full: cannot write it: No space' record --to "$portal" /dev/full
echo precious >text
refused 'text: is there and is no pcapng: it is not written over' record --to "$portal" text
[ "$(cat text)" = precious ] || wrong "a file that is no capture was written over"

# A kill leaves all that had come.
record all.pcapng --listen 127.0.0.1:0
expect 0 '; 0 unexpected$' run -q -t "$through" -o killed 'nop.*'
kill -9 "$recorder"
wait "$recorder" 2>/dev/null
recorder=
"$program" check all.pcapng >out
grep -q '^truncated ' out && wrong "a kill cut the capture off"
grep -qE '^NOP-Out +[1-9]' out || wrong "a kill lost what was recorded: $(tail -n 5 out)"
cmp -s all.pcapng first.pcapng && wrong "a capture was not written over"

# SIGINT; a discovery names the target's own address; whoever is not there is told.
if command -v iscsi-ls >/dev/null; then
	record discovery.pcapng
	iscsi-ls "iscsi://$(cat address)" >/dev/null 2>&1
	end_record INT 0 'on 1 connections the target named an address'
	"$program" check discovery.pcapng >out
	grep -qE '^1 connection, [1-9][0-9]* PDUs to targets' out || wrong "the discovery was not recorded: $(tail -n 3 out)"
	! grep '^broken ' out | grep -v 'expstatsn-ahead by the initiator' || wrong "there are findings" # that one is libiscsi's
fi
end_server
record gone.pcapng
expect 3 '' run -q -t "$through" -o gone 'nop.*'
end_record INT 0 'connections were not taken by the target$'
grep -q 'no connection to the target for 127.0.0.1:[0-9]*: Connection refused' record.err || wrong "record does not say that nobody is there: $(cat record.err)"

# What the target does wrong is found in the recording.
serve --listen 127.0.0.1:0 --defect statsn-stuck
portal_of
record defect.pcapng
"$program" run -q -t "$through" -o defect 'nop.*' >/dev/null 2>&1
end_record TERM 0 'recorded '
expect 8 '^MUST statsn-step  by the target ' check defect.pcapng
finish
