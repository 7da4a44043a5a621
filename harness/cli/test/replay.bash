#!/usr/bin/env bash
# replay.bash PROGRAM TOP: captures that test runs left, of login, CHAP, all ways of data and several connections, are played again: the right target gives no difference and no finding, one with the same
# defect gives the same rules; nothing is written without leave; --verbatim, --stop-at, the pace; what is no capture, and a target that is not there.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

no_server() {
	kill "$server"
	wait "$server" 2>/dev/null
	server=
}

# evidence DEFECT SELECT…: what a run of a target with that defect leaves, in the folder of its name.
evidence() {
	local defect=$1
	shift
	serve --listen 127.0.0.1:0 --defect "$defect"
	"$program" run -q --seed 1 --write-lun 1 --disruptive -t "$url" -o "$defect" "$@" >/dev/null 2>&1
	no_server
}

# StatSN is no part of the comparison, so captures of a target that is wrong only in that are right in all others.
evidence statsn-stuck 'login.*' 'data.*' 'nop.*' 'text.*' 'digest.*' 'logout.*' 'tmf.*' 'reject.*' 'snack.*'
traces=(statsn-stuck/*/trace.pcapng)
[ ${#traces[@]} -ge 120 ] || wrong "only ${#traces[@]} captures"
serve --listen 127.0.0.1:0
for trace in "${traces[@]}"; do
	timeout 60 "$program" replay "$trace" -t "$url" --write-lun 1 --disruptive >out 2>err
	got=$?
	[ $got = 0 ] || { wrong "$trace at a right target: exit $got"; head -n 12 out err; }
	grep -qE '^replayed +[1-9][0-9]* connections, [1-9]' out || wrong "$trace: nothing was played"
	cat out >>all
done
grep -qE '^replayed +[2-9] connections' all || wrong "no capture has several connections"
grep -qE 'broken +cmdsn-order by the initiator' all || wrong "what was wrong in a capture was put right"
grep -qE '^left out .* (commands|Data-Outs) ' all && wrong "something was left out, with all leave: $(grep -m 1 -E '^left out .* (commands|Data-Outs) ' all)"

# Tags: other ones on the wire, one and the same turn for a request, its data, its answer and what refers to it, on all connections; edges stay. Verbatim they are what they were.
cat >turned.py <<'END'
import collections, re, sys
captured, live = (collections.Counter((name, int(tag, 16)) for name, tag in re.findall(r'^  (ITT|RTT) +(0x[0-9a-f]+)', open(path).read(), re.M)) for path in sys.argv[1:3])
edges = (0, 0xfffffffe, 0xffffffff)
turns = {min(t for n, t in side if n == "ITT" and t not in edges) for side in (captured, live)}
by = min(turns) ^ max(turns)
turned = collections.Counter({(n, t if t in edges else t ^ by): count for (n, t), count in captured.items()})
if turned != live or len(turns) != 2 or by & 0xffff:
    sys.exit(f"captured {captured}, live {live}")
END
for name in tmf.abort-one-of-two login.second-connection nop.tags nop.tag-zero data.out-interleaved reject.unassigned-opcodes; do
	expect 0 '^0 differences' replay "statsn-stuck/$name/trace.pcapng" -t "$url" --write-lun 1 --disruptive -o "turned-$name"
	python3 turned.py "statsn-stuck/$name/pdus.txt" "turned-$name/replay/pdus.txt" || wrong "$name: tags are not turned alike"
	python3 turned.py "statsn-stuck/$name/pdus.txt" "statsn-stuck/$name/pdus.txt" 2>/dev/null && wrong "$name: tags that were not turned pass"
done

# Nothing is written without leave, and what rests on it is not compared.
write=
for list in statsn-stuck/*/pdus.txt; do
	grep -q 'R2T, 48' "$list" || continue
	trace=${list%/*}/trace.pcapng
	"$program" check "$trace" >judged
	grep -qE '^broken .* by the initiator' judged || write=$trace
done
[ -n "$write" ] || wrong "no capture has a right write with R2Ts"
expect 0 '^left out +[1-9][0-9]* commands that may write' replay "$write" -t "$url"
grep -qE '^left out +[1-9][0-9]* Data-Outs of theirs' out || wrong "Data-Outs of a write went out without it"
expect 0 '^replayed' replay "$write" -t "$url" -o kept --write-lun 1
{ [ -s kept/replay/trace.pcapng ] && grep -q 'WRITE' kept/replay/pdus.txt; } || wrong "-o left no evidence of the write"
expect 0 '^[0-9]+ connections?' check kept/replay/trace.pcapng

# One capture, in other ways.
trace=$(printf '%s\n' statsn-stuck/nop.*/trace.pcapng | head -n 1)
expect 0 '^stopped +where --stop-at said' replay "$trace" -t "$url" --stop-at 2
expect 0 '^replayed +1 connections, 1 PDUs sent' replay "$trace" -t "$url" --stop-at 1
expect 0 '^replayed' replay "$trace" -t "$url" --pace original
expect 0 '^replayed' replay "$trace" -t "$url" --initiator-name iqn.2026-01.net.example:another
expect 0 '"format": "iscsi-assay-replay-1"' replay --json "$trace" -t "$url"
expect 0 '^replayed' replay - -t "$url" <"$trace"
# the bytes as they were: StatSNs of another session are acknowledged
"$program" replay --verbatim "$trace" -t "$url" >out 2>err
grep -qE 'broken +exp-statsn[a-z-]* by the initiator|broken .* by the initiator' out || wrong "--verbatim wrote numbers anew"
end_server

# A target with the same defect: what the run found by its rules, the replay of its captures finds, too. Each with the tests that show it.
same_verdict() {
	local defect=$1
	shift
	[ -d "$defect" ] || evidence "$defect" "$@"
	serve --listen 127.0.0.1:0 --defect "$defect"
	python3 - "$program" "$url" "$defect"/*/trace.pcapng <<'END' || wrong "$defect: see above"
import json, os, subprocess, sys
program, url, traces = sys.argv[1], sys.argv[2], sys.argv[3:]
bad = broken = 0
for trace in traces[:12]:
    run = json.load(open(os.path.join(os.path.dirname(trace), "result.json")))
    was = {f["rule"] for f in run["failures"] if f.get("rule")}
    done = subprocess.run([program, "replay", "--json", "--write-lun", "1", "--disruptive", "--patience", "1s", trace, "-t", url], stdout=subprocess.PIPE, timeout=120)
    now = {r["rule"] for r in json.loads(done.stdout)["rules"] if r["offender"] == "target"}
    broken += bool(was)
    if was != now or done.returncode != (8 if was else 0):
        print(f"{trace}: the run found {was}, the replay {now}, exit {done.returncode}")
        bad = 1
if not broken:
    print("no run found a broken rule: nothing is shown")
    bad = 1
sys.exit(bad)
END
	no_server
}
same_verdict statsn-stuck
same_verdict login-itt-changed 'login.reserved-fields-ignored' 'login.a*'
same_verdict data-in-offset-stuck 'data.in-*'
same_verdict r2tsn-from-one 'data.r2t*'
same_verdict header-digest-wrong 'digest.*'
same_verdict response-wrong-itt 'data.in-*'
same_verdict statsn-restarts-after-login 'login.*'
same_verdict text-final-with-ttt 'text.*'

# What a defect answers otherwise is a difference, with both listings.
serve --listen 127.0.0.1:0 --defect nop-data-lost
expect 8 '^DIFFERS #[0-9]+ \(frame [0-9]+\) on connection 1: NOP-In$' replay "statsn-stuck/$(basename "$(printf '%s\n' statsn-stuck/nop.*unaligned*)")/trace.pcapng" -t "$url"
for pattern in '^     sent      #[0-9]+ NOP-Out ' '^     ping data: ' '^     captured  NOP-In, ' '^     live      NOP-In, ' '^[1-9][0-9]* differences?, '; do
	grep -qE -- "$pattern" out || wrong "a difference is told without '$pattern'"
done
as_schema() {
	python3 -c 'import jsonschema' 2>/dev/null || return 0
	"$program" replay --json "$@" >replay.json
	python3 -c 'import json, sys, jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), jsonschema.Draft202012Validator)' replay.json "$top/docs/replay.schema.json" ||
		wrong "replay --json is not as docs/replay.schema.json says"
}
as_schema "$trace" -t "$url"
no_server

# An answer with another tag than the request's is none, turned or not; where the captured one was wrong in the same way, it differs in nothing.
serve --listen 127.0.0.1:0 --defect nop-wrong-itt
expect 8 '^     answers to nothing: 0 in the capture, [1-9] live$' replay "$trace" -t "$url" --patience 300ms
grep -qE '^     answer: NOP-In .* in the capture, none within' out || wrong "an answer with a wrong tag was taken for one"
"$program" run -q --seed 1 -t "$url" -o nop-wrong-itt nop.tags >/dev/null 2>&1
expect 8 '^FAIL nop.tags  .*, reproduced$' replay nop-wrong-itt/nop.tags/trace.pcapng -t "$url"
grep -q '^0 differences' out || wrong "the same wrong tag is a difference"
as_schema nop-wrong-itt/nop.tags/trace.pcapng -t "$url"
no_server

# The same at a right target, with or without a rule's part in it: what a claim rests on is no difference there; at one with another fault, that fault is.
serve --listen 127.0.0.1:0
expect 0 '^FAIL nop.tags  .*, not reproduced$' replay nop-wrong-itt/nop.tags/trace.pcapng -t "$url"
for pattern in '^     claim     the target ' '^     expected  ' '^     got       ' '^     otherwise #[0-9]+ \(frame [0-9]+\) on connection 1$' '^     captured  NOP-In, ' '^     live      NOP-In, '; do
	grep -qE -- "$pattern" out || wrong "a claim that is not reproduced is told without '$pattern'"
done
as_schema nop-wrong-itt/nop.tags/trace.pcapng -t "$url"
expect 0 '^claims     1 failed in the capture: 0 reproduced, 0 not, 1 undecided$' replay nop-wrong-itt/nop.tags/trace.pcapng -t "$url" --stop-at 2
no_server
serve --listen 127.0.0.1:0 --defect statsn-stuck
expect 8 '^FAIL nop.tags  .*, not reproduced$' replay nop-wrong-itt/nop.tags/trace.pcapng -t "$url"
no_server

# A target that never answers a ping: told, not waited for for ever.
serve --listen 127.0.0.1:0 --defect nop-silent
expect 8 '^     answer: NOP-In .* in the capture, none within 0.3 s live$' replay "$trace" -t "$url" --patience 300ms
no_server

# A target that is silent about what is no request (a SNACK, a Data-Out) where the captured one rejected it.
serve --listen 127.0.0.1:0 --defect reject-silent
for name in digest.bad-data-solicited data.out-unknown-task; do
	expect 8 '^     Rejects of what is no request: 1 in the capture, 0 live$' replay "statsn-stuck/$name/trace.pcapng" -t "$url" --write-lun 1 --patience 300ms
done
no_server

# Where blocks of two units are in a capture, neither becomes the other: a unit attention that each has once is there once for each.
serve --listen 127.0.0.1:0 --name iqn.2026-01.net.iscsi-assay:own --lun 1=16M --lun 22=16M
expect 8 '^     target listed: iqn.2026-01.net.iscsi-assay:own.chap in the capture, none live$' replay "$top/pcaps/own-open-iscsi-digests.pcapng.gz" -t "$url" --write-lun 1 --disruptive
expect 0 '^0 differences' replay "$top/pcaps/own-open-iscsi-digests.pcapng.gz" -t "$url" --write-lun 1 --disruptive --ignore TargetName
no_server

# A request of which no more than a part was ever sent, among whole ones: it goes out, and its answer is compared.
serve --listen 127.0.0.1:0
"$program" record --listen 127.0.0.1:0 --to "$(grep -oE '127[0-9.]*:[0-9]+' <<<"$url")" oversized.pcapng >address 2>record.err &
recorder=$!
for _ in $(seq 200); do
	[ ! -s address ] || break
	sleep 0.05
done
"$program" run -q -t "iscsi://$(cat address)/${url#iscsi://*/}" --write-lun 1 -o oversized login.oversized-request login.first-pdu-text 'data.*' >run.out 2>&1 || wrong "$(cat run.out)"
kill "$recorder"
wait "$recorder" 2>/dev/null
expect 0 '^0 differences' replay oversized.pcapng -t "$url"
grep -q '^lost' out && wrong "bytes that are no whole PDU are told as lost"
# more connections one after the other than a capture has places for at a time
expect 0 '^replayed +[1-9][0-9][0-9] connections' replay oversized.pcapng -t "$url" --write-lun 1 -o many
"$program" check many/replay/trace.pcapng >judged
grep -qE '^[1-9][0-9][0-9] connections' judged || wrong "the evidence lacks connections: $(tail -n 1 judged)"
no_server

# An answer where the captured target said nothing and closed.
serve --listen 127.0.0.1:0 --defect first-pdu-answered
expect 8 '^     answers to nothing: 0 in the capture, 1 live$' replay oversized.pcapng -t "$url"
no_server

# CHAP: the proof is made anew, and only where it was right; secrets are in no output.
echo a-secret-of-sixteen >secret
echo the-other-one-16-long >other
chap=(--name iqn.2026-01.net.example:chap --lun "1=64M" --chap alice --secret-file secret --mutual bob --mutual-secret-file other)
serve --listen 127.0.0.1:0 "${chap[@]}" --defect statsn-stuck
"$program" run -q --seed 1 -t "$url" --user alice --secret-file secret -o chap chap.right-secret chap.wrong-secret chap.unknown-user chap.base64-response chap.every-algorithm >/dev/null 2>&1
no_server
serve --listen 127.0.0.1:0 "${chap[@]}"
for trace in chap/*/trace.pcapng; do
	expect 0 '^replayed' replay "$trace" -t "$url" --user alice --secret-file secret
	grep -qE "$(cat secret other | paste -sd '|')" out err && wrong "$trace: a secret is in the output"
done
[ "$(printf '%s\n' chap/*/trace.pcapng | wc -l)" -ge 4 ] || wrong "too few captures of CHAP"
expect 8 '^left out +[1-9] CHAP proofs' replay chap/chap.right-secret/trace.pcapng -t "$url"
no_server

# Two targets in one capture, of which the URL names the one that wants no proof: the secret is for the other one.
echo assay-secret-1 >secret # of the capture, where it protects nothing
own=iqn.2026-01.net.iscsi-assay:own
printf '[server]\nlisten = 127.0.0.1:0\n[target %s]\nlun = 1=16M\n[target %s.chap]\nlun = 1=16M\nuser = assay-user\nsecret-file = secret\n' $own $own >two.ini
serve --config two.ini
: >address
"$program" record --listen 127.0.0.1:0 --to "$(grep -oE '127.0.0.1:[0-9]+' <<<"$url")" two.pcapng >address 2>record.err &
recorder=$!
for _ in $(seq 200); do
	[ ! -s address ] || break
	sleep 0.05
done
expect 0 '^0 differences' replay "$top/pcaps/own-libiscsi-inquiry.pcapng.gz" -t "iscsi://$(cat address)/$own/1"
expect 0 '^replayed' replay "$top/pcaps/own-libiscsi-chap.pcapng.gz" -t "iscsi://$(cat address)/$own.chap/1" --user assay-user --secret-file secret --ignore TargetName
kill "$recorder"
wait "$recorder" 2>/dev/null
expect 0 '^0 differences, 0 findings' replay two.pcapng -t "$url" --user assay-user --secret-file secret
{ [ "$(grep -c '^left out' out)" = 1 ] && grep -qE '^left out +1 CHAP proofs' out; } || wrong "but for the proof that was wrong: $(grep '^left out' out)"
expect 8 '^left out +2 CHAP proofs' replay two.pcapng -t "$url"
no_server

# A broken SHOULD is a warning, as in the run.
evidence padding-not-zero nop.unaligned-data
trace=padding-not-zero/nop.unaligned-data/trace.pcapng
serve --listen 127.0.0.1:0 --defect padding-not-zero
expect 0 '^0 differences, 0 findings, [1-9][0-9]* warnings? against the target$' replay "$trace" -t "$url"
expect 8 '^SHOULD padding  by the target .*  warning$' replay --strict "$trace" -t "$url"
no_server

# Without a target the built-in one is served; a profile's is started.
trace=$(printf '%s\n' statsn-stuck/nop.*/trace.pcapng | head -n 1)
expect 0 '^0 differences, 0 findings' replay "$trace"
expect 0 '^0 differences' replay "$trace" --profile "$top/reports/profiles/builtin.ini"

# What cannot be played, and where.
refused 'replay needs one capture' replay
refused 'replay needs one capture' replay a b
refused 'none.pcap: cannot be read: No such file' replay none.pcap
refused "--pace: bad value 'slow': fast or original" replay "$trace" --pace slow
refused "--data: bad value 'some': written, all or none" replay "$trace" --data some
echo hello >text
refused 'text: is no capture' replay text
printf '\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0' >nothing.pcapng
expect 4 'no iSCSI in it' replay nothing.pcapng
expect 3 '127.0.0.1' replay "$trace" -t iscsi://127.0.0.1:1/iqn.2026-01.net.example:t/1
finish
