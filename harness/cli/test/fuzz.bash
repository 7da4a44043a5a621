#!/usr/bin/env bash
# fuzz.bash PROGRAM TOP: campaigns against the built-in target and one of its planted faults: bad words, exit codes, going on after a kill, and what can be done with a finding.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
url='iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1'
# field NAME FILE: of a JSON file with a member a line.
field() { sed -nE 's/^ *"'"$1"'": "?(.*[^",])"?,?$/\1/p' "$2" | head -n 1; }

secret=hunter2hunter2
# a command with a secret that nobody may see, and with a byte that is no UTF-8
faulty=(-t "$url" --exec "env ALSO=iscsi://alice%$secret@h/ OR="$'\xff'" {self} target --listen 127.0.0.1:{port} --fault wedge-after-tmf" --write-lun 1 --disruptive --patience 150ms)

refused "cases: bad value '0'" fuzz --cases 0
refused "shard: bad value '2/1'" fuzz --shard 2/1
refused "pin: bad value 'x': a number from 0 to 1023" fuzz --pin=x
refused "pin: processor 1023" fuzz --pin=1023
refused "patience: bad value '0'" fuzz --patience 0
refused "'word' is no option" fuzz word
refused "only one of them" fuzz --repro 0x1:1 --minimize 0x1:1
refused "only one of them" fuzz -t "$url" --profile x
refused "'1\.x' is neither a case" fuzz --repro 1.x
refused "'1\.2' has no seed" fuzz --repro 1.2
refused "no finding.json" fuzz --repro .
refused "no finding.json" fuzz --promote .
refused "write-lun describes a target" fuzz --write-lun 1
refused "192.0.2.7 is not this machine.*--i-own-this-target" fuzz -t iscsi://192.0.2.7/iqn.2026-01.example:x/1
refused "::2 is not this machine" fuzz -t 'iscsi://[2001:db8::2]/iqn.2026-01.example:x/1'
refused "the target has no name" fuzz -t iscsi://127.0.0.1
[ ! -e assay-fuzz ] || wrong "a refused campaign leaves a folder"
mkdir full && touch full/kept
refused "full: not empty and not a folder of ours" fuzz -o full
expect 0 '' run -o run-results nop.reserved-fields-ignored
refused "holds the results of another command" fuzz -o run-results
expect 3 'connection refused|cannot be reached|Connection refused' fuzz -t iscsi://127.0.0.1:9/iqn.2026-01.example:x/1 -o none

# the end of shards: together they play every turn
for k in 1 2 3; do
	timeout 60 "$program" fuzz --cases 31 --shard $k/3 --seed 5 -o shard$k >out 2>err
	case $? in 0 | 8) ;; *) wrong "shard $k: exit $?: $(cat err)" ;; esac
	[ ! -s err ] || wrong "shard $k talks on stderr: $(cat err)"
	field cases shard$k/fuzz.json
done | awk '{ sum += $1 } END { exit sum != 31 }' || wrong "three shards do not play 31 cases"

# Killed, and started again: it goes on, and the target that it had started is gone.
"$program" fuzz --seed 9 -o killed >out 2>err &
fuzzer=$!
for _ in $(seq 300); do
	grep -qs '"type":"checkpoint"' killed/fuzz.ndjson && break
	sleep 0.1
done
target=$(pgrep -P "$(pgrep -P "$fuzzer" | head -n 1)" | head -n 1) # below the guard
kill -9 "$fuzzer"
wait "$fuzzer" 2>/dev/null
grep -q '"type":"stopped"' killed/fuzz.ndjson && wrong "a killed campaign says that it stopped"
next=$(grep -o '"next":[0-9]*' killed/fuzz.ndjson | tail -n 1 | cut -d: -f2)
kept=$(grep -c '"type":"kept"' killed/fuzz.ndjson)
printf '{"type":"kept","case":"0x9:' >>killed/fuzz.ndjson # a torn line
timeout 60 "$program" fuzz -o killed --cases $((next + 50)) >out 2>err
case $? in 0 | 8) ;; *) wrong "after a kill: exit $?: $(cat err)" ;; esac
[ "$(field next killed/fuzz.json)" = $((next + 50)) ] || wrong "a killed campaign does not go on to its end"
[ "$(field seed killed/fuzz.json)" = 0x9 ] || wrong "a killed campaign goes on with another seed"
[ "$(field kept killed/fuzz.json)" -ge "$kept" ] || wrong "what was kept is lost"
[ -n "$target" ] || wrong "the fuzzer has no target below it"
! kill -0 "$target" 2>/dev/null || wrong "the target outlives a fuzzer that was killed"
refused "killed: holds a campaign with --seed 0x9" fuzz -o killed --seed 10

# Ctrl-C: 130, and all is written
"$program" fuzz --seed 9 -o interrupted >out 2>err &
fuzzer=$!
for _ in $(seq 300); do
	[ ! -s interrupted/fuzz.ndjson ] || break
	sleep 0.1
done
kill -TERM "$fuzzer"
wait "$fuzzer"
[ $? = 143 ] || wrong "after SIGTERM the exit is not 143"

# A planted fault is found; each stretch goes on where the last one was.
for cases in $(seq 1000 1000 12000); do
	timeout 120 "$program" fuzz "${faulty[@]}" --cases "$cases" --seed 1 -o found --dot states.dot >out 2>err
	code=$?
	[ "$code" = 0 ] || [ "$code" = 8 ] || break
	finding=$(find found/findings -maxdepth 1 -name 'wedged-*' 2>/dev/null | head -n 1)
	[ -z "$finding" ] || break
done
[ "$code" = 8 ] || wrong "a campaign with findings: exit $code: $(tail -n 5 out err)"
grep -q '^digraph' states.dot || wrong "--dot: no graph"
[ -n "$finding" ] || { wrong "wedge-after-tmf is not found in $cases cases"; finish; }
for file in finding.json case.txt pdus.txt trace.pcapng sent.json; do
	[ -s "$finding/$file" ] || wrong "the finding lacks $file"
done
# Nearly always ten times. Behind what was changed an answer is not owed and not waited for long, so that on a busy machine a case may now and then take another way.
[ "$(field same "$finding/finding.json")" -ge 5 ] || wrong "the wedge does not repeat: $(cat "$finding/finding.json")"
case=$(field case "$finding/finding.json")
expect 8 '([5-9]|10) of 10 times wedged-' fuzz "${faulty[@]}" --repro "$finding"
expect 0 'nothing happened' fuzz --repro "$case"
refused 'was found on iscsi://127.0.0.1.*name it with -t' fuzz --repro "$finding"

# What does nothing is not made smaller; nor is anything written where it is not known whether the smallest does it: after a signal, or when it does nothing in the end.
expect 0 'nothing to make smaller' fuzz --minimize "$case"
if command -v script >/dev/null; then
	for row in "INT 130" "TERM 143"; do
		read -r signal code <<<"$row"
		rm -f pid
		# The quoting of @Q is bash's, and script hands the line to $SHELL, or to sh where none is set.
		SHELL=$BASH script -qec "echo \$\$ >pid; exec '$program' fuzz ${faulty[*]@Q} --minimize '$finding'" /dev/null >out 2>err </dev/null &
		for _ in $(seq 600); do
			! grep -q 'tries: [0-9]* of [0-9]* steps' out || break
			sleep 0.1
		done
		kill -s "$signal" "$(cat pid)"
		wait $!
		[ $? = "$code" ] || wrong "--minimize after SIG$signal: the exit is not $code"
		grep -q 'is the least so far; nothing is written' out || wrong "--minimize after SIG$signal does not say how far it came: $(tail -n 3 out)"
	done
fi
"$program" fuzz "${faulty[@]}" --repro "$finding" >out 2>err &
fuzzer=$!
for _ in $(seq 300); do
	! pgrep -P "$fuzzer" >/dev/null || break
	sleep 0.1
done
kill -INT "$fuzzer"
wait "$fuzzer"
[ $? = 130 ] || wrong "--repro after SIGINT: not 130: $(cat out err)"
printf '#!/bin/sh\nmkdir started 2>/dev/null && fault="--fault wedge-after-tmf"\nexec "%s" target --listen 127.0.0.1:$1 $fault\n' "$program" >once
chmod +x once
expect 0 'does not happen any more' fuzz -t "$url" --exec './once {port}' --write-lun 1 --disruptive --patience 150ms --minimize "$finding"
[ -d started ] || wrong "the target that has its fault once was not started"
[ ! -e "$finding/minimized" ] && [ -z "$(field minimized "$finding/finding.json")" ] || wrong "a minimised case is written that does nothing"

expect 8 'steps, [0-9]+ of [0-9]+ changes are left' fuzz "${faulty[@]}" --minimize "$finding"
[ "$(field key "$finding/finding.json")" = "${finding##*/}" ] || wrong "a minimised finding has another key"
least=$(field minimized "$finding/finding.json")
[[ $least == "$case"-s* ]] || wrong "$case is not made smaller: $least"
[ -s "$finding/minimized/pdus.txt" ] || wrong "no evidence of the smallest case"
again=$(field again "$finding/finding.json")
eval "${again/iscsi-assay/timeout 60 \"\$program\"}" >out 2>err
[ $? = 8 ] || wrong "the command that repeats it does not: $again"

# The folder of the smallest one can be played, too; and that of a finding may go by any name, and holds for the version that wrote it.
[ "$(field key "$finding/minimized/finding.json")" = "${finding##*/}" ] || wrong "the smallest case has another key"
expect 8 '([5-9]|10) of 10 times wedged-' fuzz "${faulty[@]}" --repro "$finding/minimized"
cp -r "$finding" moved
rm -r moved/minimized
cd moved || exit 1
expect 8 'changes are left' fuzz "${faulty[@]}" --minimize .
cd .. || exit 1
[ -s moved/minimized/finding.json ] && [ ! -e "moved/${finding##*/}" ] || wrong "a finding that was moved is not minimised in its place: $(ls moved)"
sed -i 's/"version": ".*"/"version": "0.0.1"/' moved/finding.json
refused 'moved was found by iscsi-assay 0\.0\.1: use that version' fuzz "${faulty[@]}" --repro moved
refused 'none-there/finding.json: no finding.json' fuzz --promote none-there
[ ! -e none-there ] || wrong "a folder is made for a finding that is none"
! grep -rqF $secret found || wrong "the secret is in $(grep -rlF $secret found)"

# Where nobody comes in without CHAP, what is after the logins is played all the same; and what is right breaks nothing there either.
echo $secret >secret
closed=(-t "${url/127/alice@127}" --secret-file secret --seed 1 --write-lun 1 --disruptive -q)
serves="{self} target --listen 127.0.0.1:{port} --chap alice --secret-file $PWD/secret"
expect 8 '' fuzz "${closed[@]}" --exec "$serves --fault stale-answer" --cases 400 -o chap
[ -d chap/findings/rule-statsn-reject-full ] || wrong "stale-answer is not found behind CHAP: $(ls chap/findings)"
expect 8 '10 of 10 times rule-' fuzz "${closed[@]}" --exec "$serves --fault stale-answer" --repro chap/findings/rule-statsn-reject-full
expect 0 '' fuzz "${closed[@]}" --exec "$serves" --cases 400 -o faultless
echo not-$secret >another
expect 3 'no login comes to its end' fuzz "${closed[@]/#secret/another}" --exec "$serves" --cases 400 -o outside

# a terminal gets a line of how far it is; a pipe does not
if command -v script >/dev/null; then
	NO_COLOR=1 script -qec "timeout 60 '$program' fuzz --seed 9 --cases 400 -o terminal" /dev/null >out 2>err </dev/null
	grep -q $'\r[0-9:]*  [0-9]* cases  ' out || wrong "no line on a terminal"
	! grep -q $'\033\\[1;31m' out || wrong "colour despite NO_COLOR"
fi
timeout 60 "$program" fuzz --seed 9 --cases 400 -o pipe >out 2>err
[ ! -s err ] || wrong "a pipe gets a line of how far it is: $(cat err)"
finish
