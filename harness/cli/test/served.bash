#!/usr/bin/env bash
# served.bash PROGRAM TOP: the built-in target behind TCP, tested from outside: exit codes, evidence, secrets, defects, baselines, signals.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

cases() { grep -c '<testcase ' "$1/junit.xml"; }

# a good target, watched: whatever the suites do to it, the rules hold nothing against it
serve --listen 127.0.0.1:0 --watch seen
expect 0 '0 unexpected$' run -t "$url" --write-lun 1 -q -j 2
expect 0 'header yes' probe -t "$url"
if command -v iscsi-ls >/dev/null; then
	iscsi-ls "${url%%/iqn.*}" | grep -q 'iqn.2026-01.net.iscsi-assay:disk' || wrong "iscsi-ls does not see the target"
fi
end_server 8
! grep -q 'the target breaks' server.err || wrong "against our target: $(grep 'the target breaks' server.err)"
expect 3 '' run -t "$url" -q -o gone

# a wrong one: exit 1, evidence, a line that runs it again, a baseline
serve --listen 127.0.0.1:0 --defect statsn-stuck
expect 1 'rule +.*StatSN|statsn' run -t "$url" -o bad 'nop.*'
failed=$(sed -nE 's/^FAIL ([a-z.-]+) .*/\1/p' out | head -n 1)
[ -n "$failed" ] || wrong "no FAIL against --defect statsn-stuck"
for file in trace.pcapng pdus.txt result.json; do
	[ -s "bad/$failed/$file" ] || wrong "no evidence bad/$failed/$file"
done
again=$(sed -nE 's/^     again +iscsi-assay (.*)/\1/p' out | head -n 1)
grep -qF -- "-t $url" <<<"$again" || wrong "the again line names no target: $again"
# shellcheck disable=SC2086 # the words of a command line
expect 1 "FAIL $failed" $again -o again
expect 1 "FAIL $failed" run -t "$url" --rerun-failed=bad/run.json -o rerun
expect 0 'lines added' baseline init known -o bad --why 'StatSN never moves'
grep -q '^# Expected failures of iscsi://127' known || wrong 'a new baseline does not say whose it is'
refused 'is there already' baseline init known -o bad
expect 0 '0 differences' baseline check known -o bad
expect 0 ' XFAIL' run -t "$url" --baseline known -o bad 'nop.*'
expect 0 '0 lines added' baseline update known -o bad
end_server
serve --listen 127.0.0.1:0
expect 1 'XPASS' run -t "$url" --baseline known -o bad 'nop.*'
expect 0 'no longer needed' baseline update known -o bad
end_server

# CHAP: the secret is in no report, no argument list, no line that is printed
secret=hunter2hunter2
printf '%s\n' $secret >secret
serve --listen 127.0.0.1:0 --name iqn.2026-01.net.example:locked --chap alice --secret-file secret --lun 0=8M --lun 1=4M,ro
for words in "iscsi://alice@${url#iscsi://} --secret-file secret" "iscsi://alice%$secret@${url#iscsi://}"; do
	# shellcheck disable=SC2086 # URL and options
	expect 0 '' run -t $words 'nop.*' -o chap
	! grep -rqF $secret chap out err || wrong "the secret is in $(grep -rlF $secret chap out err)"
done
expect 3 '' run -t "iscsi://alice%wrongwrongwrong@${url#iscsi://}" -q -o chap
! grep -rqF wrongwrongwrong chap out err || wrong "a refused secret is in $(grep -rlF wrongwrongwrong chap out err)"
"$program" run -t "iscsi://alice%$secret@${url#iscsi://}" --jobs 1 -o long >/dev/null 2>&1 &
runner=$!
for _ in $(seq 200); do
	grep -q '"type":"result"' long/run.ndjson 2>/dev/null && break
	sleep 0.02
done
words=$(tr '\0' ' ' <"/proc/$runner/cmdline")
grep -q 'alice%\*\*' <<<"$words" || wrong "the secret stays in argv: $words"
# Ctrl-C: what was done is written
kill -INT $runner
wait $runner
[ $? = 130 ] || wrong "SIGINT: the exit is not 130"
grep -q '"stopped": "interrupted"' long/run.json || wrong "SIGINT: run.json does not say that it was interrupted"
[ "$(cases long)" -lt "$("$program" list --ids | wc -l)" ] || wrong "SIGINT: all tests were run"
end_server

# units unlike the usual one: no test needs more than there is; what cannot be tested is told at once
one_unit=iqn.2026-01.net.example:one
for unit in 512 32768,block=4096 8M,ro 8M,block=4096; do
	serve --listen 127.0.0.1:0 --name $one_unit --lun "0=$unit"
	expect 0 '0 unexpected$' run -t "$url" -q -j 2 -o unlike
	expect 3 'no logical unit 7' run -t "${url%/0}/7" -q -o none
	refused 'write-lun 7: there is none' run -t "$url" --write-lun 7 -q -o none
	[ "$unit" != 8M,ro ] || refused 'write-lun 0: it is write protected' run -t "$url" --write-lun 0 -q -o none
	[ "$unit" != 8M,block=4096 ] || expect 0 '0 unexpected$' run -t "$url" --write-lun 0 -q -o unlike
	end_server
done

# started, watched and ended by us
expect 0 '0 unexpected$' run -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1' --exec "$program target --listen 127.0.0.1:{port}" 'nop.*' -o exec
expect 3 'exit status 1' run -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1' --exec false 'nop.*' -o exec
refused 'no-such-program' run -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1' --exec no-such-program 'nop.*' -o exec

# from a file
cat >served.ini <<END
[server]
listen = 127.0.0.1:0
[target iqn.2026-01.net.example:one]
lun = 0=1M
lun = 5=2M,ro
[target iqn.2026-01.net.example:two]
tid = 9
ids = iet
lun = 3=1M
user = alice
secret-file = secret
END
serve --config served.ini
grep -qE '^iscsi://127\.0\.0\.1:[0-9]+/iqn\.2026-01\.net\.example:one/0$' <<<"$url" || wrong "the config's first URL: $url $(cat server.err)"
expect 0 'LUNs +0 5' probe -t "$url"
end_server
# a name as long as names can be, and lines that are longer than anything
printf '[server]\nlisten = 127.0.0.1:0\n[target iqn.2026-01.net.example:%0199d]\nlun = 3=1M\n' 7 >long.ini
serve --config long.ini
grep -qE '^iscsi://127\.0\.0\.1:[0-9]+/iqn\.2026-01\.net\.example:0{198}7/3$' <<<"$url" || wrong "a long name: $url $(cat server.err)"
end_server
printf '[server]\nlisten = 127.0.0.1:0\n[target iqn.2026-01.net.example:%0300d]\nlun = 3=1M\n' 7 >long.ini
refused 'long.ini:3: the line is too long' target --config long.ini
printf '[server]\nlisten = 127.0.0.1:0\n[target iqn.2026-01.net.example:a]\nlun = 3=%0300d\n' 7 >long.ini
refused 'long.ini:4: the line is too long' target --config long.ini

# watched: a right initiator and a right target leave nothing to say; either wrong one does
serve --listen 127.0.0.1:0 --watch seen
expect 0 '' run -t "$url" -q nop.tags nop.several nop.no-data -o watched
end_server
grep -q '^{"type":"summary".*"findings":0,"warnings":0,"rules":\[\]}$' seen/findings.ndjson || wrong "no clean summary: $(cat seen/findings.ndjson)"
grep -qE '^iscsi-assay: watched [1-9][0-9]* connections, [1-9]' server.err || wrong "the summary tells of nobody: $(cat server.err)"
serve --listen 127.0.0.1:0 --watch seen --defect statsn-stuck
"$program" run -t "$url" -q nop.tags nop.several nop.no-data -o watched >/dev/null 2>&1
end_server 8
grep -q ': the target breaks statsn-' server.err || wrong "the watch does not tell of a StatSN that is stuck: $(cat server.err)"
grep -q '"against":"target","rule":"statsn-' seen/findings.ndjson || wrong "no record of a StatSN that is stuck"
[ -s seen/connection-1.pcapng ] || [ -s seen/connection-2.pcapng ] || wrong "no capture of a connection with findings: $(ls seen)"
serve --listen 127.0.0.1:0 --watch seen
"$program" run -t "$url" -q login.first-pdu-nop -o watched >/dev/null 2>&1
end_server 8
rule=$(sed -nE 's/.*the initiator breaks ([a-z-]+) .*/\1/p' server.err | head -n 1)
! grep -q '"against":"target"' seen/findings.ndjson || wrong "the target is blamed for an initiator: $(cat server.err)"
serve --listen 127.0.0.1:0 --watch seen --allow "${rule:-none}"
"$program" run -t "$url" -q login.first-pdu-nop -o watched >/dev/null 2>&1
end_server
grep -q '"allowed":true' seen/findings.ndjson || wrong "no record of what is allowed"
ulimit -S -f 16
serve --listen 127.0.0.1:0 --watch seen
ulimit -S -f unlimited
"$program" run -t "$url" -q 'login.*' -o watched >/dev/null 2>&1
end_server 5 # findings that were not written are no small matter
# a broken SHOULD is a warning: told, written, and no reason to fail but under --strict
for strict in '' --strict; do
	# shellcheck disable=SC2086
	serve --listen 127.0.0.1:0 --watch seen --defect padding-not-zero $strict
	"$program" run -t "$url" -q nop.unaligned-data -o watched >/dev/null 2>&1
	end_server "$([ -n "$strict" ] && echo 8 || echo 0)"
	grep -q ': warning: the target breaks padding ' server.err || wrong "the watch tells of no warning: $(cat server.err)"
	grep -qE '^iscsi-assay: 0 findings, [1-9][0-9]* warnings?$' server.err || wrong "the watch counts no warning: $(cat server.err)"
	grep -q '^{"type":"warning".*"rule":"padding"' seen/findings.ndjson || wrong "no record of a warning"
done
refused 'no-such-rule' target --listen 127.0.0.1:0 --watch seen --allow no-such-rule
refused 'only with --watch' target --listen 127.0.0.1:0 --allow login-first
refused 'only with --watch' target --listen 127.0.0.1:0 --strict
mkdir -p other && echo mine >other/file
refused 'other' target --listen 127.0.0.1:0 --watch other
finish
