#!/usr/bin/env bash
# slice.bash PROGRAM TOP: check finds in a slice what it was made for, also where that rests on packets far before it; a slice is small, and never longer than its bound.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
export PYTHONDONTWRITEBYTECODE=1

# Pings without end; answers to the 3rd and to the one before the last are wrong, and one to the first comes at the end only, and is wrong as well. long.pcapng: with data beyond the bound.
cat >capture.py <<'PY'
import sys
sys.path.insert(0, sys.argv[1])
from packets import *
pings, size = int(sys.argv[3]), int(sys.argv[4])
begin(); interface()
f, other = Flow(40001), Flow(40002)
for x in (f, other):
    x.open()
    x.say(0, login(keys(b'InitiatorName=iqn.2026-01.example:i', b'TargetName=iqn.2026-01.example:t%d' % x.ports[0], b'SessionType=Normal'), 1, 0))
    x.say(1, logged_in(keys(b'TargetPortalGroupTag=1'), 100))
def ping(x, itt, stat):
    x.say(0, pdu(0x40, 0x80, {'itt': itt, 'tail': n(0xffffffff, 1, stat)}, b'ping' * size))
def pong(x, itt, stat, data=b'ping'):
    x.say(1, pdu(0x20, 0x80, {'itt': itt, 'tail': n(0xffffffff, stat, 1, 64)}, data * size))
ping(f, 9, 101)
for i in range(pings):
    ping(f, 10 + i, 101 + i)
    pong(f, 10 + i, 101 + i, b'pong' if i in (3, pings - 2) else b'ping')
    ping(other, 10 + i, 101 + i)
    pong(other, 10 + i, 101 + i)
pong(f, 9, 101 + pings, b'else')
for x in (f, other):
    x.say(0, b'', 0x11); x.say(1, b'', 0x11)
write(sys.argv[2])
PY
python3 capture.py "$top/harness/cli/test" pings.pcapng 1000 1 || wrong "no capture was made"
expect 8 ', 3 findings, 0 warnings$' check pings.pcapng

# slice N CAPTURE: the packets of the slice, which has the finding again, under the frame of the whole.
slice() {
	rm -f slice.pcapng
	expect 0 "^finding $1, [a-z-]+ by the target: [0-9]+ packets$" check --slice "$1" -o slice.pcapng "$2"
	"$program" check --json "$2" >whole.json
	"$program" check --json slice.pcapng >slice.json
	python3 - "$1" <<'PY'
import json, sys
whole, part = json.load(open('whole.json')), json.load(open('slice.json'))
sought = next(f for f in whole['findings'] if f['number'] == int(sys.argv[1]))
same = ['rule', 'offender', 'expected', 'got', 'listing', 'time_ns']
again = [f for f in part['findings'] if all(f[k] == sought[k] for k in same)]
if not again or not any(f['comment'] in (sought['comment'], f"frame {sought['first_frame']} of the whole capture") for f in again):
    print('the slice has not finding', sys.argv[1])
print(part['counts']['packets'])
PY
}
few() { [[ $1 =~ ^[0-9]+$ ]] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ] || wrong "a slice of $1 packets, not $2 to $3"; }
few "$(slice 1 pings.pcapng)" 10 40
few "$(slice 2 pings.pcapng)" 10 60
few "$(slice 3 pings.pcapng)" 2000 2100
# of the other connection there is nothing in it
[ "$("$program" check --json slice.pcapng | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["connections"]))')" = 1 ] || wrong "the slice has packets of another connection"

# The frames of a slice say where they were, and numbers of PDUs stay.
expect 0 '' check --slice 2 -o slice.pcapng pings.pcapng
grep -qa 'frame [0-9]* of the whole capture' slice.pcapng || wrong "the slice does not say where its frames were"
grep -qa 'finding 2: nop-in-echo by the target, in frame [0-9]* of the whole capture' slice.pcapng || wrong "the slice does not say what it is for"

# Beyond the bound nothing is written.
python3 capture.py "$top/harness/cli/test" long.pcapng 1100 1000 || wrong "no capture was made"
expect 4 'finding 3 rests on more than a slice may have, 8388608 bytes: nothing was written' check --slice 3 -o none.pcapng long.pcapng
[ ! -e none.pcapng ] || wrong "there is a slice all the same"
few "$(slice 2 long.pcapng)" 10 60
[ "$(stat -c %s slice.pcapng)" -lt 500000 ] || wrong "a slice of $(stat -c %s slice.pcapng) bytes"

refused 'long.pcapng has 3 findings' check --slice 4 -o none.pcapng long.pcapng
refused 'bad value .0.: a number from 1' check --slice 0 -o none.pcapng long.pcapng
refused 'several times: a file is needed' check --slice 1 -o none.pcapng -
refused 'need -o FILE to write to' check --slice 1 long.pcapng
expect 2 'none.pcap: cannot be read: No such file' check --slice 1 -o none.pcapng none.pcap
refused 'nowhere/slice: cannot write it: No such file' check --slice 1 -o nowhere/slice pings.pcapng
expect 5 '/dev/full: cannot write it: No space' check --slice 1 -o /dev/full pings.pcapng
! ls none.pcapng* 2>/dev/null || wrong "a slice of nothing was left"
finish
