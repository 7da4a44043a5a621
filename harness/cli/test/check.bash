#!/usr/bin/env bash
# check.bash PROGRAM TOP: a capture of a run gives the rules that the run gave, and none where it gave none, whatever the file's format; the report says what was in it; what is no capture is refused in a line.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

pids=()
cleanup() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$work"
}

# evidence DEFECT SELECT…: what a run of the built-in target with that defect leaves, in the folder of its name.
evidence() {
	local defect=$1 pid
	shift
	"$program" target --listen 127.0.0.1:0 --defect "$defect" >"urls.$defect" 2>/dev/null &
	pid=$!
	pids+=("$pid")
	for _ in $(seq 200); do [ -s "urls.$defect" ] && break; sleep 0.05; done
	"$program" run -q --seed 1 -t "$(head -n 1 "urls.$defect")" -o "$defect" "$@" >/dev/null 2>&1
	kill "$pid"
}

evidence statsn-stuck 'nop.*'
evidence login-itt-changed 'login.reserved-fields-ignored' 'login.a*'
evidence logout-ends-all-sessions
python3 - "$program" ./*/*/trace.pcapng <<'END' || wrong "see above"
import json, os, subprocess, sys
program, traces = sys.argv[1], sys.argv[2:]
bad = broken = 0
for trace in traces:
    run = json.load(open(os.path.join(os.path.dirname(trace), "result.json")))
    was = {f["rule"] for f in run["failures"] if f.get("rule")}
    done = subprocess.run([program, "check", "--json", trace], stdout=subprocess.PIPE)
    found = json.loads(done.stdout)["rules"]
    by_target = {r["rule"] for r in found if r["offender"] == "target"}
    broken += bool(was)
    if was != by_target or done.returncode != (8 if any(r["level"] == "MUST" for r in found) else 0):
        print(f"{trace}: the run found {was}, check {by_target}, exit {done.returncode}")
        bad = 1
if len(traces) < 15 or broken < 10 or broken == len(traces):
    print(f"{len(traces)} captures, {broken} with broken rules: too few to tell")
    bad = 1
sys.exit(bad)
END

# A finding for people: rule, requirement, frame, listing; then what was in the capture.
trace=$(printf '%s\n' statsn-stuck/nop.*/trace.pcapng | head -n 1)
expect 8 '^MUST statsn-step  by the target  R7143-[0-9.]+-[0-9]+ .*RFC 7143 section' check "$trace"
for pattern in '^     frame     [0-9]+, [0-9.]+ s, connection 1, PDU #[0-9]+, sent by the target$' '^     expected  ' '^       NOP-In, ' '^         StatSN  ' \
	'^connection 1  192.0.2.1:[0-9]+ -> 192.0.2.2:3260 ' '^     session   iqn' '^     keys      AuthMethod' '^Login +1 ' '^packets ' '^broken     statsn-step by the target, [1-9]'; do
	grep -qE -- "$pattern" out || wrong "check says nothing like '$pattern'"
done
"$program" check "$trace" >whole
if python3 -c 'import jsonschema' 2>/dev/null; then
	"$program" check --json "$trace" >check.json
	grep -qE '"comment": "#[0-9]+"' check.json || wrong "check --json passes no comment on"
	python3 -c 'import json, sys, jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), jsonschema.Draft202012Validator)' check.json "$top/docs/check.schema.json" ||
		wrong "check --json is not as docs/check.schema.json says"
fi

# A broken SHOULD counts under --strict only.
evidence data-in-odd-words 'data.in-whole-words'
should=$(grep -l '"rule": "data-words"' data-in-odd-words/*/result.json | head -n 1)
should=${should%/result.json}/trace.pcapng
expect 0 '^SHOULD data-words  by the target .*  warning 1$' check "$should"
grep -qE ', 0 findings, [1-9][0-9]* warnings?$' out || wrong "warnings are not counted beside findings: $(tail -n 1 out)"
grep -qE '^warning    data-words by the target, [1-9]' out || wrong "a SHOULD is told as broken"
[ "$("$program" check --json "$should" | python3 -c 'import json, sys; k = json.load(sys.stdin); print({f["kind"] for f in k["findings"]}, k["counts"]["findings"], k["counts"]["warnings"] > 0)')" = "{'warning'} 0 True" ] || wrong "check --json tells a SHOULD as a finding"
expect 8 '^SHOULD data-words  by the target ' check --strict "$should"

# As JUnit, a case for each connection and side, and as a page that needs no other file.
cases() { python3 -c 'import sys, xml.etree.ElementTree as t; print(*(c.get("name") + ":" + (c[0].tag if len(c) else "passed") for c in t.parse(sys.argv[1]).iter("testcase")))' "$1"; }
expect 8 '' check "$trace" --junit junit.xml --html page.html
cmp -s out whole || wrong "--junit and --html change what is told"
[ "$(cases junit.xml)" = "connection-1.initiator:passed connection-1.target:failure" ] || wrong "junit.xml has the cases $(cases junit.xml)"
for pattern in 'message="statsn-[a-z]*: the target ' '^requires  R7143-' '^sent      finding [0-9]*, frame [0-9]*, ' '^  StatSN  '; do
	grep -q -- "$pattern" junit.xml || wrong "junit.xml says nothing like '$pattern'"
done
"$program" check "$should" --junit should.xml >/dev/null
[ "$(cases should.xml)" = "connection-1.initiator:passed connection-1.target:system-out" ] || wrong "a SHOULD has the cases $(cases should.xml)"
"$program" check "$should" --strict --junit=- >should.xml
[ "$(cases should.xml)" = "connection-1.initiator:passed connection-1.target:failure" ] || wrong "a SHOULD under --strict has the cases $(cases should.xml)"
if command -v xmllint >/dev/null; then
	xmllint --noout --schema "$top/docs/junit.xsd" junit.xml should.xml 2>err || wrong "$(cat err)"
fi
for pattern in 'id="test=1" data-verdict="FAIL" data-side="target"' '>statsn-step<' 'expected</dt><dd class="mono">StatSN' '  Opcode  ' '<h2>Connections' '192.0.2.2:3260' 'HeaderDigest=None' \
	'<svg class="histogram"' 'NOP-Out' '<h2>Lost'; do
	grep -qF -- "$pattern" page.html || wrong "the page says nothing like '$pattern'"
done
! grep -nE '<link|<img|src=|href="[^#]' page.html || wrong "the page needs something else"
# More connections than are listed: what one of the others broke is told all the same.
PYTHONDONTWRITEBYTECODE=1 python3 - "$top/harness/cli/test" <<'END' || wrong "no capture was made"
import sys
sys.path.insert(0, sys.argv[1])
from packets import *
begin(); interface()
for i in range(70):
    f = Flow(40000 + i)
    f.open()
    f.say(0, login(keys(b'InitiatorName=iqn.2026-01.example:i', b'TargetName=iqn.2026-01.example:t%d' % i, b'SessionType=Normal'), 1, 0))
    f.say(1, logged_in(keys(b'TargetPortalGroupTag=1'), 100, tsih=0 if i == 67 else 1 + i))
    f.say(0, b'', 0x11); f.say(1, b'', 0x11)
write('many.pcapng')
END
expect 8 '^and 6 connections more$' check many.pcapng --junit many.xml --html many.html
[ "$(cases many.xml | wc -w)" = 130 ] || wrong "70 connections make $(cases many.xml | wc -w) cases"
[ "$(cases many.xml | tr ' ' '\n' | grep -v ':passed')" = connections-from-65.target:failure ] || wrong "of 70 connections there are: $(cases many.xml | tr ' ' '\n' | grep -v ':passed')"
grep -q '<p class="note">and 6 connections more' many.html || wrong "the page hides connections"

refused 'only one of them can have standard output' check --json --html=- "$trace"
refused 'one.xml: --junit and --html cannot share a file' check --junit one.xml --html one.xml "$trace"
cp "$trace" kept.pcapng && ln -s kept.pcapng link.pcapng
for written in kept.pcapng ./kept.pcapng link.pcapng; do
	for output in --html=$written --junit=$written "--redact --output=$written" "--slice=1 --output=$written"; do
		# shellcheck disable=SC2086 # two words
		refused "$written: it is the capture that is read" check $output kept.pcapng
	done
done
cmp kept.pcapng "$trace" || wrong "the capture that was read was written to"
refused 'nowhere/page.html: cannot write it: No such file' check --junit left.xml --html nowhere/page.html "$trace"
refused 'statsn-stuck: cannot write it: Is a directory' check --junit statsn-stuck "$trace"
! ls left.xml* 2>/dev/null || wrong "a report that was not written left something"
for full in --html --junit; do
	expect 5 '/dev/full: cannot write it: No space' check $full /dev/full "$trace"
done
"$program" check --json "$trace" >/dev/full 2>err
[ $? = 5 ] || wrong "standard output cannot be written: exit is not 5"

# The same in gzip, from a pipe, and cut off in its last packet.
gzip -k <"$trace" >small.gz
same() {
	"$program" check "$1" >again
	cmp again whole || wrong "$2: another report"
}
same small.gz "in gzip"
same - "from standard input" <"$trace"
head -c -5 "$trace" >cut.pcapng
"$program" check cut.pcapng >out
grep -q '^truncated ' out || wrong "a file that ends inside of a packet is not told"

# As pcap, which has no comments, where somebody can make one of it.
if command -v editcap >/dev/null; then
	editcap -F nsecpcap "$trace" small.pcap 2>err || wrong "editcap: $(cat err)"
	sed -i -e '/^     comment /d' -e '/, says the capture$/,/^$/d' whole
	same small.pcap "as pcap"
fi

# What is no capture, and a capture without iSCSI.
refused 'check needs one capture' check
refused 'check needs one capture' check a b
refused 'none.pcap: cannot be read: No such file' check none.pcap
refused '\.: cannot be read: Is a directory' check .
echo hello >text
refused 'text: is no capture: pcap or pcapng is needed' check text
: >empty
refused 'empty: is no capture' check empty
gzip -c text | head -c 12 >cut.gz
refused 'cut.gz: is gzip that is damaged' check cut.gz
printf '\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0' >nothing.pcapng
expect 4 'no iSCSI in it' check nothing.pcapng
{ cat nothing.pcapng; printf '\x06\0\0\0\x0d\0\0\0\x0d\0\0\0'; } >bad.pcapng
expect 2 'bad.pcapng: at byte 28: a block of 13 bytes; a multiple of 4' check bad.pcapng
expect 2 '"error": "at byte 28' check --json bad.pcapng

# Captures of others, where there are any: EXPECT.tsv has what an independent reassembler found.
if [ -n "${ASSAY_PCAPS-}" ]; then
	# the PDUs of connections to the ports that the independent one looked at: what another port carries is iSCSI by its content, too
	pdus() {
		"$program" check --json "$ASSAY_PCAPS/$1" >check.json
		python3 -c 'import json; print(sum(sum(c["pdus"].values()) for c in json.load(open("check.json"))["connections"] if c["target"].endswith((":3260", ":3299"))))'
	}
	while IFS=$'\t' read -r file count _; do
		case $file in
		derived/missing-segments.pcap) want=68 ;; # all of them: two are told by their headers, none is lost
		*) want=$count ;;
		esac
		[[ $want =~ ^[0-9]+$ ]] || continue
		got=$(pdus "$file")
		[ "$got" = "$want" ] || wrong "$file: $got PDUs, not $want"
	done <"$ASSAY_PCAPS/EXPECT.tsv"
	expect 0 '18 PDUs|9 PDUs to targets, 9 to initiators, 0 findings, 0 warnings' check "$ASSAY_PCAPS/derived/mixed-snaplen.pcapng"
	expect 8 '^MUST answer-list  by the target ' check "$ASSAY_PCAPS/own-5-digest-none-answer.pcap"
	for file in own-1-discovery own-3-chap own-6-header-digest; do
		expect 0 ', 0 findings, 0 warnings$' check "$ASSAY_PCAPS/$file.pcap"
	done
fi
# What a test claims is in the capture of its evidence: told, and no finding.
"$program" selftest -q -o claims nop.several >/dev/null || wrong "selftest nop.several"
expect 0 '^FAIL nop.several  R[0-9].*, says the capture$' check claims/nop-silent/nop.several/trace.pcapng
expect 0 '"test": "nop.several"' check --json claims/nop-silent/nop.several/trace.pcapng
if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 -c 'import json, sys, jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), jsonschema.Draft202012Validator)' out "$top/docs/check.schema.json" ||
		wrong "check --json with a claim is not as docs/check.schema.json says"
fi
python3 - claims/nop-silent/nop.several/trace.pcapng begun.pcapng <<'END'
import struct, sys
trace, at, begun = open(sys.argv[1], "rb").read(), 0, False
with open(sys.argv[2], "wb") as out:  # from the packet on that has the claim
    while at < len(trace):
        kind, length = struct.unpack_from("<II", trace, at)
        begun |= b" FAIL " in trace[at:at + length]
        if kind != 6 or begun:
            out.write(trace[at:at + length])
        at += length
END
expect 0 ', says the capture$' check begun.pcapng
[ "$(grep -c 'says the capture' out)" = 1 ] || wrong "a claim in the first packet of a capture is told $(grep -c 'says the capture' out) times"
expect 0 '' check --redact -o redacted.pcapng claims/nop-silent/nop.several/trace.pcapng
expect 0 '^1 connection' check redacted.pcapng
grep -q 'says the capture' out && wrong "a redacted copy tells what a test claimed"

# Memory does not grow with the capture. Sections one after another are a capture, too. (AddressSanitizer keeps what was freed.)
if ! grep -q __asan_init "$program"; then
	python3 - "$program" "$top"/pcaps/own-own-{digest,r2t}.pcapng.gz <<-'END' >peaks 2>&1 || wrong "peak memory: $(cat peaks)"
		import gzip, os, subprocess, sys

		def peak(times):
		    check = subprocess.Popen([sys.argv[1], "check", "-"], stdin=subprocess.PIPE, stdout=open("told", "w"))
		    for n in range(times):  # another initiator each time: the same one again would be passed over
		        check.stdin.write(capture.replace(bytes((192, 0, 2, 1)), bytes((198, 18, n >> 8, n & 255))))
		    check.stdin.close()
		    _, status, usage = os.wait4(check.pid, 0)
		    if status >> 8 != 8 or f" {40 * times} PDUs to targets" not in open("told").read():
		        sys.exit(f"check did not judge all of it: {status}")
		    return usage.ru_maxrss

		capture = b"".join(gzip.open(name).read() for name in sys.argv[2:])
		small, large = peak(1000), peak(2000)  # by then every table has its full size
		print(f"{small} KiB with {1000 * len(capture)} bytes, {large} KiB with {2000 * len(capture)}")
		sys.exit(large > small + small // 4)
	END
fi
finish
