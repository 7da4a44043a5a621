#!/usr/bin/env bash
# diff.bash PROGRAM TOP: two runs held side by side: the same, worse, better, another suite; files that are none.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

# edit FROM TO PYTHON: a run.json with something changed in it.
edit() { python3 -c "import json,sys
run = json.load(open(sys.argv[1]))
results = run['results']
$3
json.dump(run, open(sys.argv[2], 'w'))" "$1" "$2"; }

expect 0 '' run 'login.*' --seed 1 -q
good=assay-out/run.json
first=$("$program" list --ids 'login.*' | head -n 1)
count=$("$program" list --ids 'login.*' | wc -l)
expect 0 "^0 regressed, 0 fixed, 0 changed, 0 new, 0 removed, $count same; 0 renamed\$" diff $good $good

edit $good bad.json "results[0].update(verdict='FAIL', raw='FAIL', signature='claim:00000001')"
expect 1 "^  $first  PASS -> FAIL\$" diff $good bad.json
expect 0 "^  $first  FAIL -> PASS\$" diff bad.json $good
edit bad.json other.json "results[0].update(signature='claim:00000002')"
expect 0 '^0 regressed, 0 fixed, 1 changed' diff bad.json other.json
# what a baseline expects is the same behaviour
edit bad.json known.json "results[0].update(verdict='XFAIL', baseline='known', baseline_verdicts='FAIL', baseline_signature='*')"
expect 0 '^0 regressed, 0 fixed, 0 changed' diff bad.json known.json
expect 0 '^0 regressed, 0 fixed, 0 changed' diff known.json other.json
# another suite is no mistake, and is said
edit $good more.json "run['suite_revision'] = 'other'; results.append(dict(results[0], id='login.not-yet'))"
expect 0 'the suites differ' diff $good more.json
expect 0 '^0 regressed, 0 fixed, 0 changed, 1 new, 0 removed' diff $good more.json
expect 0 '^0 regressed, 0 fixed, 0 changed, 0 new, 1 removed' diff more.json $good

expect 1 '"change": "regressed"' diff --json $good bad.json
for python in /usr/bin/python3 python3; do
	"$python" -c 'import jsonschema' 2>/dev/null || continue
	"$python" - "$top/docs/diff.schema.json" out <<'END' || wrong "diff --json does not keep to its schema"
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
END
	break
done

refused 'needs two files' diff $good
refused 'needs two files' diff $good $good $good
refused 'none.json: No such file' diff $good none.json
refused 'a run.json of iscsi-assay is needed' diff "$top/README.md" $good
edit $good twice.json "results.append(results[0])"
refused "the second run has the test $first twice" diff $good twice.json
edit $good esc.json "results[0].update(id='\\x1b[31m', raw='FAIL')"
expect 0 '\\x1b\[31m' diff $good esc.json
! grep -q $'\033' out || wrong "a name from a file steers the terminal"
finish
