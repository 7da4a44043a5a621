#!/usr/bin/env bash
# hostile.bash PROGRAM TOP: targets that are not there, stall, talk garbage, or go away at any byte: a verdict or exit 3 in time, never a hang or a crash of ours.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }

pids=()
cleanup() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$work"
}

# start FILE WORD…: in the background, until FILE has what it prints.
start() {
	local file=$1
	shift
	: >"$file"
	"$@" >"$file" 2>&1 &
	pids+=($!)
	for _ in $(seq 200); do [ -s "$file" ] && return; sleep 0.05; done
	wrong "$* does not start"
}

# meet CODES MODE: runs against a hostile server; the exit is one of CODES, within half a minute, and the results are whole when there are any.
meet() {
	local codes=$1 mode=$2 got
	start port python3 "$top/harness/cli/test/hostile.py" "$mode" "${port:-0}"
	timeout 30 "$program" run -t "iscsi://127.0.0.1:$(cat port)/iqn.2026-01.net.iscsi-assay:disk/1" --timing-factor 0.05 -q -o results "$one" "$two" >said 2>&1
	got=$?
	grep -qw -- "$got" <<<"$codes" || { wrong "$mode: exit $got, not one of $codes"; cat said; }
	kill "${pids[-1]}"
	unset 'pids[-1]'
	grep -qiE 'sanitizer|segmentation|assert' said && wrong "$mode: $(cat said)"
}

one=$("$program" list --ids 'login.*' | head -n 1)
two=$("$program" list --ids 'scsi.*' | head -n 1)

expect 3 '127\.0\.0\.1' run -t iscsi://127.0.0.1:1/iqn.2026-01.net.iscsi-assay:disk/1 -q
expect 3 'no-such-host' run -t iscsi://no-such-host.invalid/iqn.2026-01.net.iscsi-assay:disk/1 -q
expect 3 '' probe -t iscsi://127.0.0.1:1/iqn.2026-01.net.iscsi-assay:disk/1
for mode in stall close garbage; do
	meet 3 $mode
done

# while the target says nothing, Ctrl-C and --max-time are heeded all the same
start port python3 "$top/harness/cli/test/hostile.py" stall
silent=iscsi://127.0.0.1:$(cat port)/iqn.2026-01.net.iscsi-assay:disk/1
for command in run probe; do
	SECONDS=0
	timeout --preserve-status -s INT 1 "$program" $command -t "$silent" --timing-factor 10 >said 2>&1
	got=$?
	[ $got = 130 ] && [ $SECONDS -lt 10 ] || wrong "$command, interrupted: exit $got after $SECONDS s"
done
expect 7 '' run -t "$silent" --timing-factor 10 --max-time 500ms -q
kill "${pids[-1]}"
unset 'pids[-1]'

# another portal is found, and gone to, only with leave
start urls "$program" target --listen 127.0.0.1:0 --listen 127.0.0.1:0
two_portals=$(head -n 1 urls)
expect 0 'needs-second-portal' probe -t "$two_portals"
expect 0 '' probe -t "$two_portals" --follow-portals
grep -q needs-second-portal out && wrong "--follow-portals finds no second portal"
kill "${pids[-1]}"
unset 'pids[-1]'

start urls "$program" target --listen 127.0.0.1:0
port=$(sed -nE '1s,^iscsi://[^:]*:([0-9]+)/.*,\1,p' urls)
expect 3 '' run -t "iscsi://127.0.0.1:$port/iqn.2026-01.net.iscsi-assay:none/1" -q
# a target that falls silent after the login ends the run soon, in its middle as at its beginning; what was done is there
for from in 1 40; do
	SECONDS=0
	start mute python3 "$top/harness/cli/test/hostile.py" mute=$from "$port"
	expect 6 'CRASH .*no command after it' run -t "iscsi://127.0.0.1:$(cat mute)/iqn.2026-01.net.iscsi-assay:disk/1" --timing-factor 0.1 -q -o mute.out
	[ $SECONDS -lt 30 ] || wrong "a silent target takes $SECONDS s"
	grep -q '"stopped": "crash"' mute.out/run.json || wrong "run.json does not say why the run ended"
	[ $from = 1 ] || grep -q '"verdict": "PASS"' mute.out/run.json || wrong "what was done before the silence is not there"
	kill "${pids[-1]}"
	unset 'pids[-1]'
done
# one that we started is started again, and asked at once
SECONDS=0
expect 6 'CRASH .*no command after it' run -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1' --exec "python3 $top/harness/cli/test/hostile.py mute=1 $port {port}" --timing-factor 0.1 -q -o mute.out
[ $SECONDS -lt 30 ] || wrong "a silent target of ours takes $SECONDS s"
[ "$(grep -c '^CRASH' out)" = 1 ] || wrong "a silent target of ours is tried $(grep -c '^CRASH' out) times"

# the login's answer is 48 bytes and its keys; then come the unit's answers
for bytes in 1 20 47 48 49 100 300 600 1000 3000; do
	meet '0 1 3 6' cut=$bytes
	meet '0 1 3 6' hold=$bytes
done
finish
