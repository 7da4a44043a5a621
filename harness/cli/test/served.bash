#!/usr/bin/env bash
# served.bash PROGRAM TOP: the built-in target behind TCP, tested from outside: exit codes, evidence, secrets, defects, baselines, signals.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

server=
cleanup() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	wait
	rm -rf "$work"
}

# serve WORD…: starts the target on a free port; its first URL in $url.
serve() {
	"$program" target --listen 127.0.0.1:0 "$@" >urls 2>server.err &
	server=$!
	for _ in $(seq 200); do
		[ ! -s urls ] || break
		kill -0 $server 2>/dev/null || { wrong "target $*: $(cat server.err)"; return 1; }
		sleep 0.05
	done
	url=$(head -n 1 urls)
}

# SIGTERM ends it cleanly.
end_server() {
	kill "$server" && wait "$server"
	[ $? = 0 ] || wrong "the target did not end cleanly: $(cat server.err)"
	server=
}

# a good target
serve
expect 0 '0 unexpected$' run -t "$url" --write-lun 1 -q -j 2
expect 0 'header yes' probe -t "$url"
if command -v iscsi-ls >/dev/null; then
	iscsi-ls "${url%%/iqn.*}" | grep -q 'iqn.2026-01.net.iscsi-assay:disk' || wrong "iscsi-ls does not see the target"
fi
end_server
expect 3 '' run -t "$url" -q -o gone

# a wrong one: exit 1, evidence, a line that runs it again, a baseline
serve --defect statsn-stuck
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
refused 'is there already' baseline init known -o bad
expect 0 '0 differences' baseline check known -o bad
expect 0 ' XFAIL' run -t "$url" --baseline known -o bad 'nop.*'
expect 0 '0 lines added' baseline update known -o bad
end_server
serve
expect 1 'XPASS' run -t "$url" --baseline known -o bad 'nop.*'
expect 0 'no longer needed' baseline update known -o bad
end_server

# CHAP: the secret is in no report, no argument list, no line that is printed
secret=hunter2hunter2
printf '%s\n' $secret >secret
serve --name iqn.2026-01.net.example:locked --chap alice --secret-file secret --lun 0=8M --lun 1=4M,ro
for words in "iscsi://alice@${url#iscsi://} --secret-file secret" "iscsi://alice%$secret@${url#iscsi://}"; do
	# shellcheck disable=SC2086 # URL and options
	expect 0 '' run -t $words 'nop.*' -o chap
	! grep -rqF $secret chap out err || wrong "the secret is in $(grep -rlF $secret chap out err)"
done
expect 3 '' run -t "iscsi://alice%wrongwrongwrong@${url#iscsi://}" -q -o chap
! grep -rqF wrongwrongwrong chap out err || wrong "a refused secret is in $(grep -rlF wrongwrongwrong chap out err)"
"$program" run -t "iscsi://alice%$secret@${url#iscsi://}" --jobs 1 -o chap >/dev/null 2>&1 &
runner=$!
for _ in $(seq 100); do
	tr '\0' ' ' <"/proc/$runner/cmdline" 2>/dev/null | grep -q 'alice%\*\*' && break
	sleep 0.02
done
tr '\0' ' ' <"/proc/$runner/cmdline" | grep -q 'alice%\*\*' || wrong "the secret stays in argv: $(tr '\0' ' ' <"/proc/$runner/cmdline")"
# Ctrl-C: what was done is written
kill -INT $runner
wait $runner
[ $? = 130 ] || wrong "SIGINT: the exit is not 130"
grep -q '"stopped": "interrupted"' chap/run.json || wrong "SIGINT: run.json does not say that it was interrupted"
end_server

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
"$program" target --config served.ini >urls 2>server.err &
server=$!
for _ in $(seq 200); do [ ! -s urls ] && kill -0 $server || break; sleep 0.05; done
grep -qE '^iscsi://127\.0\.0\.1:[0-9]+/iqn\.2026-01\.net\.example:one/0$' urls || wrong "the config's first URL: $(cat urls server.err)"
expect 0 'LUNs +0 5' probe -t "$(sed -n 1p urls)"
end_server
finish
