#!/usr/bin/env bash
# tgtd.bash PROGRAM TOP: a bounded campaign against Debian's tgtd. What it finds is between us and tgtd's maintainers (SECURITY.md) and changes with tgtd: what is held here is that the campaign comes to its end
# whatever happens to the target, has it all in its folder, and goes on where it was.
set -uo pipefail
program=$1 top=$2
export PATH="$PATH:/usr/sbin"
for tool in tgtd tgtadm; do
	command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

wrong() { printf 'WRONG: %s\n' "$*"; failures=$((failures + 1)); }
number() { sed -nE 's/^  "'"$2"'": ?([0-9]+),?$/\1/p' "$1/fuzz.json"; }

# campaign CASES: 0, 8 or 7, and nothing else, is how it may end.
campaign() {
	timeout 120 "$program" fuzz --profile "$top/reports/profiles/tgt.ini" --seed 1 --cases "$1" --max-time 6s --patience 500ms -q -o tgt >out 2>&1
	case $? in
	0 | 7 | 8) ;;
	*) wrong "exit $?: $(tail -n 3 out)" ;;
	esac
	[ -s tgt/fuzz.json ] && [ -s tgt/summary.md ] && [ -s tgt/fuzz.ndjson ] || wrong "the folder lacks a file: $(ls tgt)"
}

campaign 1500
first=$(number tgt cases)
[ "${first:-0}" -ge 50 ] || wrong "only ${first:-no} cases"
for folder in tgt/findings/*/; do
	[ -d "$folder" ] || continue
	[ -s "$folder/finding.json" ] && [ -s "$folder/case.txt" ] && [ -s "$folder/trace.pcapng" ] || wrong "$folder lacks a file"
done
campaign 3000
second=$(number tgt cases)
[ "${second:-0}" -gt "$first" ] || wrong "it did not go on: ${second:-no} cases after $first"
echo "$second cases, $(number tgt states) states, $(number tgt restarts) restarts in the second part"
[ $failures = 0 ] || { echo "$failures wrong"; exit 1; }
