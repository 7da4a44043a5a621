#!/usr/bin/env bash
# replay_parts.bash PROGRAM TOP: what an initiator sent that is no whole PDU is played, too: half a header, data that ends within a PDU or is reset there, a PDU of a length that nobody takes, a half-close; and
# what a target makes of it, or does not, is compared.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
export PYTHONPATH=$top/harness/cli/test PYTHONDONTWRITEBYTECODE=1
second=
trap '[ -z "$second" ] || kill "$second" 2>/dev/null; cleanup' EXIT

# starts FILE: waits for the one line that a program in the background prints.
starts() {
	for _ in $(seq 200); do
		[ ! -s "$1" ] || return
		sleep 0.05
	done
	wrong "nothing in $1"
}
stop_second() {
	kill "$second"
	wait "$second" 2>/dev/null
	second=
}

serve --listen 127.0.0.1:0
name=${url#iscsi://*/} port=$(grep -oE ':[0-9]+' <<<"$url" | head -n 1)
"$program" record --listen 127.0.0.1:0 --to "127.0.0.1$port" parts.pcapng >address 2>record.err &
second=$!
starts address
python3 "$top/harness/cli/test/parts.py" 127.0.0.1 "$(grep -oE '[0-9]+$' address)" "${name%/*}" parts.pcapng || wrong "no capture"
stop_second

# a header that is answered before its data is there is no fault of the target's
expect 0 ' 0 findings, 0 warnings$' check parts.pcapng

# All of it goes out: as many bytes of no whole PDU, and the same answers and ends, as far as the same target decides.
expect 0 '^0 differences' replay parts.pcapng -t "$url" -o kept
grep -q '^lost' out && wrong "something is missing: $(grep '^lost' out)"
python3 - "$program" parts.pcapng kept/replay/trace.pcapng <<'END' || wrong "what went out is not what was captured"
import json, subprocess, sys
told = []
for path in sys.argv[2:]:
    seen = json.loads(subprocess.run([sys.argv[1], "check", "--json", path], stdout=subprocess.PIPE).stdout)
    told.append([(c["pdus"], c["skipped_bytes"], c["end"], c["ended_by"]) for c in seen["connections"]])
if told[0] != told[1] or sum(c[1] > 0 for c in told[0]) != 4:
    sys.exit(f"captured {told[0]}, live {told[1]}")
END
expect 0 '^0 differences' replay parts.pcapng -t "$url" --pace original
expect 0 '^stopped +where' replay parts.pcapng -t "$url" --stop-at 4 -o stopped
grep -q 'no whole PDU' stopped/replay/pdus.txt && wrong "--stop-at sends what is behind"

# Before a target that closes where the captured one waited, and before one that says nothing where that one refused. How long may pass before it closes is said by the capture: so that a busy machine is no
# difference, a copy waited longer.
python3 "$top/harness/cli/test/parts.py" stretch parts.pcapng close.pcapng 60
cp parts.pcapng mute.pcapng
patience=60s
for how in close mute; do
	: >other
	python3 "$top/harness/cli/test/parts.py" $how "${port#:}" >other &
	second=$!
	starts other
	"$program" replay $how.pcapng -t "iscsi://127.0.0.1:$(cat other)/$name" --patience $patience >$how 2>err
	[ $? = 8 ] || wrong "$how: nothing differs"
	stop_second
	patience=2s
done
[ "$(grep -cE '^     connection: the target is silent until it is closed in the capture, the target has (closed|reset) it live$' close)" = 2 ] || wrong "a close upon half a header, and within data: $(cat close)"
grep -qE '^     answer: Login Response .* in the capture, none within 2.0 s live$' mute || wrong "a login that is too long, and silence: $(cat mute)"
grep -qE '^     answer: Reject .* in the capture, none within 2.0 s live$' mute || wrong "a ping that is too long, and silence: $(cat mute)"
grep -qE '^     end of the connection: closed by the target in the capture, still there after' mute || wrong "no close behind the refusal: $(cat mute)"
end_server
finish
