#!/usr/bin/env bash
# chap.bash PROGRAM TOP: with the secrets given, check says which side took a wrong CHAP response for right, or a right one for wrong; without them, with others, or for other names it says nothing of that.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
export PYTHONDONTWRITEBYTECODE=1

# A mutual login by CHAP. OWN, ITS: whose response is right. STATUS: of the answer to ours. GOES: whether the initiator goes on.
cat >capture.py <<'PY'
import base64, hashlib, sys
sys.path.insert(0, sys.argv[1])
from packets import *
path, algorithm, own, its, status, goes, form = sys.argv[2:]
def response(ident, secret, challenge, right):
    made = hashlib.new({'5': 'md5', '6': 'sha1', '7': 'sha256', '8': 'sha3-256'}[algorithm], bytes([ident]) + secret + challenge).digest()
    return value(made if right == 'right' else bytes([made[0] ^ 1]) + made[1:])
def value(data):
    return b'0b' + base64.b64encode(data) if form == 'base64' else b'0x' + data.hex().encode()
begin(); interface()
f = Flow(40001)
f.open()
f.say(0, login(keys(b'InitiatorName=iqn.2026-01.example:i', b'TargetName=iqn.2026-01.example:t', b'SessionType=Normal', b'AuthMethod=CHAP'), 1, 0, 0x00))
f.say(1, logged_in(keys(b'AuthMethod=CHAP', b'TargetPortalGroupTag=1'), 100, 0x00, 0))
f.say(0, login(keys(b'CHAP_A=' + (b'5' if algorithm == '5' else b'5,' + algorithm.encode())), 1, 101, 0x00))
asked, back = bytes(range(40, 56)), bytes(range(80, 100))
f.say(1, logged_in(keys(b'CHAP_A=' + algorithm.encode(), b'CHAP_I=0x1f', b'CHAP_C=' + value(asked)), 101, 0x00, 0))
proof = [b'CHAP_N=alice', b'CHAP_R=' + response(31, b'wonderland-12', asked, own)]
if its != 'none':
    proof += [b'CHAP_I=200', b'CHAP_C=' + value(back)]
f.say(0, login(keys(*proof), 1, 102, 0x81))
if status != '0':
    f.say(1, pdu(0x23, 0, {8: b'\x80\0\0\1\0\0\0\0', 'itt': 1, 'tail': n(0, 0, 1, 64) + bytes.fromhex(status)}))
else:
    f.say(1, logged_in(keys(b'CHAP_N=queen', b'CHAP_R=' + response(200, b'off-with-their', back, its)) if its != 'none' else b'', 102, 0x81, 0))
    if goes == 'goes':
        f.say(0, login(b'', 1, 103, 0x87))
        f.say(1, logged_in(b'', 103, 0x87))
f.say(0, b'', 0x11); f.say(1, b'', 0x11)
write(path)
PY
capture() { python3 capture.py "$top/harness/cli/test" "$@" || wrong "no capture was made"; }
printf 'wonderland-12\n' >alice
printf 'off-with-their\n' >queen
printf 'white-rabbit-9\n' >other
export ALICE=wonderland-12
known=(--user alice --secret-file alice --mutual queen --mutual-secret-file queen)

# finds RULES CAPTURE OPTION…: the rules that are broken, sorted.
finds() {
	local want=$1 got
	shift
	got=$("$program" check --json "$@" | python3 -c 'import json, sys; print(*sorted(r["rule"] + ":" + r["offender"] for r in json.load(sys.stdin)["rules"]))')
	[ "$got" = "$want" ] || wrong "check $*: finds '$got', not '$want'"
}
wrong_accepted=chap-wrong-accepted:target right_refused=chap-right-refused:target trusted=chap-wrong-trusted:initiator
for form in hex base64; do
	for algorithm in 5 6 7 8; do
		capture right.pcapng $algorithm right right 0 goes $form
		finds '' "${known[@]}" right.pcapng
		capture wrong.pcapng $algorithm wrong right 0 goes $form
		finds "$wrong_accepted" "${known[@]}" wrong.pcapng
		finds '' wrong.pcapng
	done
done
finds "$wrong_accepted" --secret-env ALICE wrong.pcapng # of whatever name
finds '' --user bob --secret-env ALICE wrong.pcapng
finds "$wrong_accepted" --secret-file other right.pcapng
capture refused.pcapng 5 right none 0201 goes hex
finds "$right_refused" --user alice --secret-file alice refused.pcapng
finds '' "${known[@]}" refused.pcapng # which has a secret of its own, and may insist on being asked for it
finds '' --secret-file other refused.pcapng
capture refused.pcapng 5 wrong none 0201 goes hex
finds '' --user alice --secret-file alice refused.pcapng
capture refused.pcapng 5 right none 0202 goes hex # known, and not allowed
finds '' --user alice --secret-file alice refused.pcapng
capture refused.pcapng 5 right right 0201 goes hex # a target need not prove itself
finds '' --user alice --secret-file alice refused.pcapng
capture trusted.pcapng 5 right wrong 0 goes hex
finds "$trusted" "${known[@]}" trusted.pcapng
finds '' --user alice --secret-file alice trusted.pcapng
capture left.pcapng 5 right wrong 0 leaves hex
finds '' "${known[@]}" left.pcapng

# Secrets and what proves them are in nothing that is said. Slices know them, too.
expect 8 '^MUST chap-wrong-accepted  by the target  R7143-12.1.3-05 ' check "${known[@]}" wrong.pcapng --junit junit.xml --html page.html
"$program" check --json "${known[@]}" wrong.pcapng >check.json
! grep -lE 'wonderland|off-with' out err junit.xml page.html check.json || wrong "a secret is told"
expect 0 '^finding 1, chap-wrong-trusted by the initiator' check "${known[@]}" --slice 1 -o slice.pcapng trusted.pcapng
finds "$trusted" "${known[@]}" slice.pcapng
! grep -qa 'wonderland' slice.pcapng || wrong "a secret is in the slice"

refused 'user needs --secret-file or --secret-env' check --user alice right.pcapng
refused 'mutual needs --mutual-secret-file' check --mutual queen right.pcapng
refused 'only one of them' check --secret-file alice --secret-env ALICE right.pcapng
refused 'none: ' check --secret-file none right.pcapng
finish
