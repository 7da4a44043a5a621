#!/usr/bin/env bash
# replay_others.bash PROGRAM TOP: with Debian's tgtd and istgt: what a run found there, the replay of its captures finds there again, and every answer is as it was; captures of the built-in target
# break no rule by us at them, though they take less data at a time and other rounds of login.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
export PATH="$PATH:/usr/sbin"
profiles=()
! command -v tgtd >/dev/null || profiles+=(tgt tgt-chap tgt-mutual)
! command -v istgt >/dev/null || profiles+=(istgt istgt-chap)
[ ${#profiles[@]} -gt 0 ] || { echo "neither tgtd nor istgt is installed"; exit 77; }

# Every capture of a folder at a profile's target: as told (same: the rules of its run, no difference that counts, and of what tests claimed three quarters reproduced, for when a target reads how far ahead, and
# what is on its medium, is not the same each time; clean: none broken by us). What failed there fails at none of the built-in target, which answers otherwise in other things, too.
cat >replays.py <<'END'
import json, os, subprocess, sys
program, profile, how, traces = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
bad = shown = claims = reproduced = 0
for trace in traces:
    run = json.load(open(os.path.join(os.path.dirname(trace), "result.json")))
    was = {f["rule"] for f in run["failures"] if f.get("rule")}
    done = subprocess.run([program, "replay", "--json", "--strict", trace, "--profile", profile], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    try:
        got = json.loads(done.stdout)
    except ValueError:
        print(f"{trace}: exit {done.returncode}: {done.stderr[-200:]}")
        bad = 1
        continue
    rules = {side: {r["rule"] for r in got["rules"] if r["offender"] == side} for side in ("initiator", "target")}
    claims += got["claims"]
    reproduced += got["reproduced"]
    if how == "same" and (was != rules["target"] or got["differences"] or done.returncode != (8 if was or got["reproduced"] else 0)):
        print(f"{trace}: the run found {was}, the replay {rules['target']}, {got['differences']} differences, exit {done.returncode}", *[f["fields"] for f in got["found"] if f["kind"] == "difference"][:2])
        bad = 1
    if how == "clean" and rules["initiator"]:
        print(f"{trace}: we break {rules['initiator']}")
        bad = 1
    shown += got["compared"] >= 2
    if how == "same":
        built_in = subprocess.run([program, "replay", "--json", trace], stdout=subprocess.PIPE, timeout=120)
        there = json.loads(built_in.stdout)
        if there["reproduced"] or there["claims"] != got["claims"]:
            print(f"{trace}: {there['reproduced']} of {there['claims']} claims reproduced at the built-in target")
            bad = 1
if how == "same" and (reproduced < claims * 3 / 4 or not claims):
    print(f"{claims} claims, {reproduced} reproduced")
    bad = 1
if shown < len(traces) / 2 or not traces:
    print(f"{len(traces)} captures, {shown} with two answers or more: too little to tell")
    bad = 1
sys.exit(bad)
END
# at HOW PROFILE COUNT TRACE…
at() {
	local how=$1 profile=$top/reports/profiles/$2.ini count=$3
	shift 3
	python3 replays.py "$program" "$profile" "$how" "${@:1:count}" || wrong "$how at ${profile##*/}: see above"
}

# What the built-in target left, of those captures in which the initiator broke nothing.
serve --listen 127.0.0.1:0 --defect statsn-stuck
"$program" run -q --seed 1 --write-lun 1 -t "$url" -o builtin 'data.*' 'nop.*' >/dev/null 2>&1
kill "$server"
wait "$server" 2>/dev/null
server=
right=()
for trace in builtin/*/trace.pcapng; do
	"$program" check "$trace" >judged
	grep -qE '^broken .* by the initiator' judged || right+=("$trace")
done
[ ${#right[@]} -ge 25 ] || wrong "only ${#right[@]} right captures"

for name in "${profiles[@]}"; do
	case $name in
	*chap | *mutual) select=('chap.*' -chap.identifier-too-large) ;; # which is for a target that proves itself, and the URL's need not
	*) select=('login.*' 'nop.*' 'data.r2t*' 'data.in-*' 'data.immediate*' 'text.*') ;;
	esac
	"$program" run -q --seed 1 --profile "$top/reports/profiles/$name.ini" --no-baseline -o "$name" "${select[@]}" >run.out 2>&1
	traces=("$name"/*/trace.pcapng)
	[ -s "${traces[0]}" ] || { wrong "$name: no captures: $(tail -n 3 run.out)"; continue; }
	case $name in
	istgt) at same "$name" 4 "${traces[@]}"; at clean "$name" 4 "${right[@]}" ;;
	tgt) at same "$name" 25 "${traces[@]}"; at clean "$name" 15 "${right[@]}" ;;
	*) at same "$name" 4 "${traces[@]}" ;;
	esac
done
finish
