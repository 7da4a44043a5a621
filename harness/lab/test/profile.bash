#!/usr/bin/env bash
# profile.bash PROGRAM TOP NAME FOLDER: every suite against the target of one profile, as expected by its baseline; the results stay in FOLDER. Then, with one profile of each target,
# the harness is killed while its target is up: nothing of it may be left.
set -uo pipefail
program=$1 top=$2 name=$3 folder=$4
profile=$top/reports/profiles/$name.ini
export PATH="$PATH:/usr/sbin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the profile starts has to be there: 77 where it is not.
case $name in
tgt*) tools=(tgtd tgtadm) ;;
istgt*) tools=(istgt) ;;
lio*) tools=(qemu-system-x86_64) ;;
*) tools=() ;;
esac
for tool in "${tools[@]}"; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
case $name in lio*) "$top/harness/lab/guest" build >/dev/null || exit ;; esac # 77 without a network

# The seed is fixed, so that docs/findings-*.md can be renewed from these results.
mkdir -p "${folder%/*}"
"$program" run --profile "$profile" --seed 1 -q -o "$folder" || { echo "$name: exit $?, not 0"; exit 1; }

# Most profiles of a target start and stop it in the same way: tgt's for tgt-chap, and so on.
case $name in
lio-targetcli | tgt-acl) ;; # started, or stopped, in another way
*-*) echo "$name: as expected; that nothing outlives the harness is looked at with ${name%%-*}"; exit ;;
esac

# Whatever is of a process group or session of its own still has that folder in its environment.
left() { grep -lsz "^TMPDIR=$work\$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }
TMPDIR=$work "$program" run --profile "$profile" --seed 1 -q -o "$work/killed" >/dev/null 2>&1 &
harness=$!
for ((tries = 0; tries < 600; tries++)); do # its targets are up once it keeps results
	[ ! -s "$work/killed/run.ndjson" ] || break
	sleep 0.1
done
[ -s "$work/killed/run.ndjson" ] || { echo "$name: no results within 60 s"; kill -9 $harness; exit 1; }
before=$(left | wc -l)
kill -9 $harness
wait $harness 2>/dev/null
for ((tries = 0; tries < 200; tries++)); do # stop lines, SIGTERM and SIGKILL take their time
	[ -n "$(left)" ] || break
	sleep 0.1
done
[ -z "$(left)" ] || { echo "$name: outlives a harness that was killed:"; ps -o pid,ppid,cmd -p "$(left | paste -sd,)"; exit 1; }
[ "$before" -ge 2 ] || { echo "$name: the check saw no target ($before processes)"; exit 1; }
[ -z "$(find "$work" -maxdepth 1 -name 'assay-*')" ] || { echo "$name: a temporary folder is left"; exit 1; }
echo "$name: as expected, and nothing outlives the harness"
