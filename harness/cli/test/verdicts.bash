#!/usr/bin/env bash
# verdicts.bash PROGRAM TOP: test, capture and replay give the same verdict. Each test leaves the capture of its failure at the built-in target with each defect that its record names; the replay of that
# capture at a target with the same defect is to exit 8 (with --strict: a broken SHOULD is a verdict, too), at a right one 0. Pairs that do not hold are in verdicts.tsv, each with why; one that holds all the same is wrong, too.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

"$program" selftest -q -j 2 -o evidence >selftest || wrong "selftest: $(tail -n 3 selftest)"
[ "$(find evidence -name trace.pcapng | wc -l)" -ge 700 ] || wrong "too few captures: $(tail -n 1 selftest)"

# In the folder DEFECT/TEST: both exit codes, "DEFECT/TEST FAULTY RIGHT". An 8 at the faulty target is to be for what the test claims; else it counts as 0.
cat >one <<'END'
cd "evidence/$2" || exit 1
timeout 60 "$1" replay --strict trace.pcapng --defect "${2%%/*}" >faulty 2>&1
faulty=$?
[ $faulty != 8 ] || grep -qE "^(FAIL|WARN) ${2#*/}  .*, reproduced\$" faulty || faulty=0
timeout 60 "$1" replay --strict trace.pcapng >right 2>&1
echo "$2 $faulty $?"
END
find evidence -name trace.pcapng -printf '%P\n' | sed 's,/trace.pcapng$,,' | sort |
	xargs -P 2 -I '{}' bash one "$program" '{}' | sort >all
[ "$(wc -l <all)" = "$(find evidence -name trace.pcapng | wc -l)" ] || wrong "not every pair was replayed: $(wc -l <all)"

awk '!($2 == 8 && $3 == 0)' all >broken
echo "$(wc -l <all) pairs of test and defect, $(wc -l <broken) of which do not hold; by the exit codes at the faulty and at the right target:"
awk '{ print $2, $3 }' broken | sort | uniq -c
grep -v '^#' "$top/harness/cli/test/verdicts.tsv" | awk -F '\t' '{ print $1, $2, $3 }' | sort >known
while read -r pair; do
	wrong "$pair (DEFECT/TEST, exit at the faulty target where 8 is right, at the right one where 0 is)"
done < <(comm -13 known broken)
while read -r pair; do
	wrong "$pair: is in verdicts.tsv, and is not so"
done < <(comm -23 known broken)
finish
