#!/usr/bin/env bash
# initiators.bash PROGRAM TOP: fuzz --role initiator from outside: what is refused, our own initiator, and Debian's libiscsi where it is installed.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

refused '--role initiator needs --exec' fuzz --role initiator
refused 'target or initiator' fuzz --role nobody
refused 'the built-in target serves it' fuzz --role initiator --exec true -t iscsi://127.0.0.1/x
refused 'asked nothing of port' fuzz --role initiator --exec true -q -o a
refused 'exit status 1' fuzz --role initiator --exec false -q -o b
refused 'no-such-program' fuzz --role initiator --exec 'no-such-program {url}' -q -o c

# campaign FOLDER CASES COMMAND: to its end, whatever is found; each finding is whole and can be played again.
campaign() {
	local folder=$1 finding code
	timeout 120 "$program" fuzz --role initiator --exec "$3" --seed 1 --cases "$2" --patience 1s -o "$folder" >out 2>err
	code=$?
	[ $code = 0 ] || [ $code = 8 ] || wrong "$3: exit $code: $(tail -n 3 err)"
	grep -qE "^$2 cases" out || wrong "$3: not $2 cases: $(tail -n 2 out)"
	for finding in "$folder"/findings/*/; do
		[ -d "$finding" ] || continue
		for file in finding.json case.txt pdus.txt trace.pcapng; do
			[ -s "$finding/$file" ] || wrong "$finding lacks $file"
		done
	done
	[ -z "${finding-}" ] || [ ! -d "$finding" ] || [ $code = 8 ] || grep -q unsure out || wrong "$3: findings, and exit $code"
}

campaign ours 25 'iscsi-assay probe -t {url}'
if command -v iscsi-inq >/dev/null; then
	campaign inq 12 'iscsi-inq {url}'
fi

# Secrets: of a URL in the command, and one that we are told; in no file, no line, and not in our argument list.
secret=hunter2hunter2
export OTHER=swordfishes
"$program" fuzz --role initiator --secret-env OTHER --seed 1 --patience 1s -o secret \
	--exec "sh -c 'echo said iscsi://alice%$secret@h/ $OTHER; iscsi-assay probe -t {url} >/dev/null || kill -SEGV \$\$'" >out 2>err &
fuzzer=$!
for _ in $(seq 1200); do
	! ls secret/findings/*/finding.json >/dev/null 2>&1 || break
	kill -0 $fuzzer 2>/dev/null || break
	sleep 0.1
done
words=$(tr '\0' ' ' <"/proc/$fuzzer/cmdline")
kill $fuzzer
wait $fuzzer
[[ $words = *'alice%**'* && $words != *$secret* && $words != *$OTHER* ]] || wrong "the secret stays in argv: $words"
grep -qs '^said iscsi://alice%\*\**@h/ \**$' secret/findings/*/target.log || wrong "what the command printed is not there: $(head secret/findings/*/target.log out err)"
grep -q '"again".*alice%\*' secret/findings/*/finding.json || wrong "no command that repeats it"
! grep -rqE "$secret|$OTHER" secret out err || wrong "a secret is in $(grep -rlE "$secret|$OTHER" secret out err)"
# also where what the target is called is cut within one
pad=$(printf '%*s' $((2048 - 10 - 59 - 12)) '' | tr ' ' x)
timeout 60 "$program" fuzz --role initiator --exec "sh -c 'exec iscsi-assay probe -t {url}' $pad iscsi://alice%$secret@h/" --seed 1 --cases 1 --patience 5s -o cut >out 2>err
case $? in 0 | 8) ;; *) wrong "a long command: $(cat err)" ;; esac
grep -q 'alice%\*' cut/fuzz.ndjson && ! grep -q "$secret\|@h/" cut/fuzz.ndjson || wrong "the target's name is not cut in the secret: $(head -n 1 cut/fuzz.ndjson | tail -c 300)"
! grep -rqF "alice%${secret:0:1}" cut out err || wrong "a part of a secret is in $(grep -rlF "alice%${secret:0:1}" cut out err)"

# A finding is made smaller, and repeated; one that is no longer there is not. It is no test of a target.
one="iscsi-assay run -t {url} -q -o $PWD/one login.operational-only >/dev/null 2>&1"
dies=(fuzz --role initiator --exec "sh -c '$one || kill -SEGV \$\$'" --patience 5s)
timeout 60 "$program" "${dies[@]}" --seed 1 --cases 30 -o dies >out 2>err
finding=$(find dies/findings -maxdepth 1 -name 'crash-signal-11-*' | sort | head -n 1)
[ -d "$finding" ] || { wrong "an initiator that ends by a signal is not found: $(tail -n 3 out err)"; finish; exit 1; }
expect 8 '1 of [0-9]+ changes are left' "${dies[@]}" --minimize "$finding"
least=$(sed -nE 's/.*"minimized": "([^"]*)".*/\1/p' "$finding/finding.json")
for file in finding.json case.txt pdus.txt trace.pcapng; do
	[ -s "$finding/minimized/$file" ] || wrong "minimized/ lacks $file"
done
[[ $least == 0x1:* ]] || wrong "the finding does not say the smallest case: $least"
expect 8 'of 10 times crash-signal-11' "${dies[@]}" --repro "$finding"
expect 8 'of 10 times crash-signal-11' "${dies[@]}" --repro "$least"
expect 0 'nothing happened in 10 times' fuzz --role initiator --exec "sh -c '$one || true'" --patience 5s --repro "$least"
refused "found on initiator sh" fuzz --role initiator --exec 'iscsi-assay probe -t {url}' --repro "$finding"
refused "found on initiator sh.*say --role initiator" fuzz -t iscsi://127.0.0.1/iqn.2026-01.example:x/1 --repro "$finding"
refused 'found in an initiator' fuzz --promote "$finding"

# the same case again; and none without a change
campaign same 25 'iscsi-assay probe -t {url}'
diff <(ls ours/findings 2>/dev/null) <(ls same/findings 2>/dev/null) >diff.out || wrong "the same seed, other findings: $(cat diff.out)"
finish
