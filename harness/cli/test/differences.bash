#!/usr/bin/env bash
# differences.bash PROGRAM TOP: what a test sees in a target's answers, a replay sees, too. Each test leaves its capture at the right built-in target; replayed there it gives no difference (exit 0), at a target with each
# defect that the test's record names a difference or a broken rule (exit 8), read data and SHOULDs included. Where it is not so stands in differences.tsv, each with why; what is so all the same is wrong, too.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

# A test that is said to fail leaves its capture though it passes.
"$program" list --json >list.json
python3 - >pairs <<'PYTHON'
import json
with open("list.json") as file:
    tests = json.load(file)
with open("all.baseline", "w") as baseline:
    for test in tests:
        print(test["id"], "FAIL * # its capture is kept", file=baseline)
        for defect in ["right"] + test["defects"]:
            print(defect, test["id"])
PYTHON
"$program" run -q --seed 1 -b all.baseline -o kept >run.out 2>&1
[ "$(find kept -name trace.pcapng | wc -l)" -ge 600 ] || wrong "too few captures: $(tail -n 3 run.out)"

# One replay: "DEFECT/TEST EXIT".
mkdir replayed
cat >one <<'ONE'
defect=(--data all)
[ "$2" = right ] || defect+=(--defect "$2")
timeout 60 "$1" replay --strict "kept/$3/trace.pcapng" "${defect[@]}" >"replayed/$2-$3" 2>&1
echo "$2/$3 $?"
ONE
xargs -P 2 -L 1 bash one "$program" <pairs | sort >all
[ "$(wc -l <all)" = "$(wc -l <pairs)" ] || wrong "$(wc -l <all) of $(wc -l <pairs) replays came to their end"
awk '$2 != ($1 ~ /^right\// ? 0 : 8)' all >missed
echo "$(wc -l <all) replays, $(wc -l <missed) of which end otherwise than they should"
grep -v '^#' "$top/harness/cli/test/differences.tsv" | awk -F '\t' '{ print $1, $2 }' | sort >known
while read -r pair; do
	wrong "$pair: is not in differences.tsv (DEFECT/TEST, exit code, why)"
	tail -n 12 "replayed/$(sed 's, .*,,; s,/,-,' <<<"$pair")"
done < <(comm -13 known missed)
while read -r pair; do
	wrong "$pair: is in differences.tsv, and is not so"
done < <(comm -23 known missed)
finish
