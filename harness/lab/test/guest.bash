#!/usr/bin/env bash
# guest.bash PROGRAM TOP: the guest by itself. The same packages give the same images; an interrupted making leaves none; commands come back with output and status; no
# guest outlives ctrl-C.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
guest=$top/harness/lab/guest
images=$("$guest" build 2>err) || { code=$?; tail -n 1 err; exit $code; }

# Another cache with the same packages: the same bytes.
mkdir -p other/iscsi-assay/lab
cp -r "${images%/*}/debs" other/iscsi-assay/lab/
again=$(XDG_CACHE_HOME=$work/other "$guest" build 2>err) || wrong "a second making: $(tail -n 1 err)"
for file in vmlinuz base.img open-iscsi.img targetcli.img version packages; do
	cmp "$images/$file" "$again/$file" || wrong "$file differs"
done
[ "${images##*/}" = "${again##*/}" ] || wrong "another key: $images $again"

# Interrupted in the middle, nothing is there that looks done; two at once do not disturb each other.
rm -rf "$again"
XDG_CACHE_HOME=$work/other "$guest" build >/dev/null 2>err &
maker=$!
until [ -n "$(find other/iscsi-assay/lab -maxdepth 2 -name tree)" ] || ! kill -0 $maker 2>/dev/null; do sleep 0.05; done
kill -INT $maker 2>/dev/null # ignored by what a script starts in the background: then TERM
kill $maker 2>/dev/null
wait $maker && wrong "a making that was ended says that all is well"
[ -z "$(find other/iscsi-assay/lab -maxdepth 1 -name 'new.*')" ] || wrong "a making that was ended leaves its folder"
[ ! -e "$again" ] || wrong "a making that was ended leaves images"
XDG_CACHE_HOME=$work/other "$guest" build >one 2>&1 &
maker=$!
XDG_CACHE_HOME=$work/other "$guest" build >two 2>&1 || wrong "two at once: $(cat two)"
wait $maker || wrong "two at once: $(cat one)"
cmp "$images/base.img" "$again/base.img" || wrong "base.img differs after two at once"
rm -rf other

"$guest" version | grep -qE '^Linux [0-9][^ ]* \(.*-cloud-amd64\)$' || wrong "version: $("$guest" version)"
"$guest" tell "$work" true 2>err
code=$?
[ $code = 255 ] || wrong "tell without a guest: $code"

# A guest that ends in the middle of an answer, or while another one asks: nobody waits for it for ever.
# fake COMMAND: something that is asked like a guest; it ends after that command.
fake() {
	rm -rf fake && mkdir fake && mkfifo -m 600 fake/tell.in fake/tell.out
	bash -c "exec 3<>fake/tell.in 4<>fake/tell.out; read -r token _ <&3; $1" &
	server=$!
	echo $server >fake/tell.pid
}
# shellcheck disable=SC2016
fake 'printf "%s 0 1000\\nhalf of it" "$token" >&4'
said=$(timeout 20 "$guest" tell "$work/fake" true 2>err)
[ "$?:$said" = 255: ] || wrong "half an answer: $said $(cat err)"
wait $server
# shellcheck disable=SC2016
fake 'printf "%s 0 10" "$token" >&4'
timeout 20 "$guest" tell "$work/fake" true >out 2>err
code=$?
[ $code = 255 ] || wrong "half an answer's head: $code $(cat out err)"
wait $server
# shellcheck disable=SC2016
fake 'printf "some of old\\n%s 3 4\\nall\\n" "$token" >&4'
said=$(timeout 20 "$guest" tell "$work/fake" true 2>err)
[ "$?:$said" = 3:all ] || wrong "a whole answer: $said $(cat err)"
wait $server
fake ''
exec 9<fake/tell.pid
flock 9
timeout 20 "$guest" tell "$work/fake" true >out 2>err 9<&- &
teller=$!
for _ in $(seq 200); do
	! pgrep -x flock -g "$(ps -o pgid= -p $teller | tr -d ' ')" >/dev/null || break
	sleep 0.05
done
kill "$server"
wait "$server" 2>/dev/null
wait $teller
code=$?
[ $code = 255 ] || wrong "another one asks a guest that has ended: $code $(cat out err)"
exec 9<&-
server=

# Commands in a guest.
mkdir g
"$guest" run open-iscsi "$work/g" >log 2>&1 &
server=$!
said=$("$guest" tell "$work/g" 'echo one; echo two >&2; exit 7')
[ "$?:$said" = "7:one
two" ] || wrong "tell says: $said"
[ "$("$guest" tell "$work/g" 'head -c 300000 /dev/zero' | wc -c)" = 300000 ] || wrong "tell shortens"
clock=$("$guest" tell "$work/g" 'cat /sys/devices/system/clocksource/clocksource0/current_clocksource')
grep -qx kvm "$images"/accelerator.* || [ "$clock" = hpet ] || wrong "its clock is one that a busy machine puts wrong: $clock"
kill "$server"
wait "$server"
server=
"$guest" tell "$work/g" true 2>/dev/null
code=$?
[ $code = 255 ] || wrong "tell after the guest's end: $code"

# ctrl-C: the guest goes with the harness. (SIGKILL: profile.bash.)
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
guests() { pgrep -f -- "-initrd $TMPDIR/" || true; }
"$program" run --profile "$top/reports/profiles/lio.ini" --no-baseline -o result >out 2>err &
server=$!
for _ in $(seq 1200); do
	[ ! -s result/run.ndjson ] || [ "$(wc -l <result/run.ndjson)" -lt 3 ] || break
	kill -0 $server 2>/dev/null || break
	sleep 0.1
done
[ -n "$(guests)" ] || wrong "there was no guest: $(tail -n 2 out err)"
kill -INT "$server"
wait "$server"
code=$?
server=
[ $code = 130 ] || wrong "after ctrl-C exit $code, not 130: $(tail -n 2 err)"
[ -z "$(guests)$(ls -A "$TMPDIR")" ] || wrong "after ctrl-C there are left: $(guests) $(ls "$TMPDIR")"
finish
