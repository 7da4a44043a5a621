#!/usr/bin/env bash
# matrix.bash PROGRAM TOP: profiles that are run and runs that are there become one table; what cannot be one is refused in a line; the same twice is the same.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

# profile FILE IMPLEMENTATION WORD…: our own target under another name, with these options.
profile() {
	local file=$1 name=$2
	shift 2
	cat >"$file" <<-END
	[target]
	implementation = $name
	url = iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1
	answer-timeout = 0.5
	[exec]
	command = iscsi-assay target --listen 127.0.0.1:{port} $*
	version = printf '$name 1.0'
	END
}
# edit FROM TO PYTHON: a run.json with something changed in it.
edit() { python3 -c "import json,sys
run = json.load(open(sys.argv[1]))
results = run['results']
$3
json.dump(run, open(sys.argv[2], 'w'))" "$1" "$2"; }
# value FILE PYTHON: something of a matrix.json, m.
value() { python3 -c "import json,sys; m = json.load(open(sys.argv[1])); print($2)" "$1"; }

# schema SCHEMA FILE: says what does not hold, where there is the package that can tell.
schema() {
	for python in /usr/bin/python3 python3; do
		"$python" -c 'import jsonschema' 2>/dev/null || continue
		"$python" -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))' "$1" "$2"
		return
	done
}

# two profiles at once, and a run of the built-in target that is there already
expect 0 '' run --seed 1 -q -o ours
profile good.ini good
profile bad.ini bad --defect digest-none-unoffered
expect 1 '^== good.ini: exit 0$' matrix good.ini ours/run.json bad.ini -o made -j 2 --seed 7
grep -q '^== bad.ini: exit 1$' out || wrong "matrix does not say how a run ended"
for file in matrix.md matrix.json matrix.html good/run.json bad/run.json; do
	[ -s "made/$file" ] || wrong "no made/$file"
done
[ "$(value made/matrix.json "[(c['implementation'], c['version'], c['profile'], c['builtin']) for c in m['columns']]")" = \
	"[('iscsi-assay', '$("$program" --version | cut -d' ' -f2)', 'built-in', True), ('bad', '1.0', 'bad', False), ('good', '1.0', 'good', False)]" ] ||
	wrong "columns: $(value made/matrix.json "m['columns']")"
tests=$("$program" list --ids | wc -l)
[ "$(value made/matrix.json "len(m['tests'])")" = "$tests" ] || wrong "matrix.json lacks tests"
[ "$(value made/matrix.json "[t['id'] for t in m['tests']]")" = "$(value <("$program" list --json) "[t['id'] for t in m]")" ] ||
	wrong "the tests are not in the order of the suites"
[ "$(value made/matrix.json "len(m['fails_in_one']) > 0 and m['fails_everywhere'] == []")" = True ] || wrong "what only one implementation fails is not in the list"
grep -q '^- bad: \*\*' made/matrix.md || wrong "matrix.md does not list what only one implementation fails"
schema "$top/docs/matrix.schema.json" made/matrix.json || wrong "matrix.json does not keep to its schema"

# the same again from what was left is the same, whatever the order
expect 0 '^[0-9]+ tests, 3 columns: ' matrix made/bad/run.json made/good/run.json ours/run.json -o again
for file in matrix.md matrix.json matrix.html; do
	cmp -s made/$file again/$file || wrong "$file is another from the same runs"
done
# where it goes: to a file, to standard output and nowhere else
expect 0 '' matrix ours/run.json --markdown one.md --json -
value out "m['format']" | grep -qx iscsi-assay-matrix-1 || wrong "--json - wrote no JSON to standard output"
[ -s one.md ] || wrong "--markdown one.md: no such file"
[ ! -e assay-matrix ] || wrong "a folder that nobody asked for"
refused 'none/x.md: cannot write it' matrix ours/run.json --markdown none/x.md

# shards of one profile are one column; a test twice in it is refused
expect 0 '' run 'login.*' --shard 1/2 -q -o shard1
expect 0 '' run 'login.*' --shard 2/2 -q -o shard2
expect 0 '1 columns' matrix shard2/run.json shard1/run.json -o shards
[ "$(value shards/matrix.json "[t['id'] for t in m['tests']]")" = "$(value <("$program" list --json 'login.*') "[t['id'] for t in m]")" ] ||
	wrong "shards are not put together in the order of the suites"
refused 'shard1/run.json: .* is there already for iscsi-assay' matrix shard1/run.json shard1/run.json -o no

# other suites
edit ours/run.json other.json "run.update(suite_revision='other', profile='other'); del results[5:]"
refused 'ours/run.json has tests of suite .* and other.json of suite other: --intersect' matrix ours/run.json other.json -o no
expect 0 'only tests that all columns have: ' matrix ours/run.json other.json -o some --intersect
[ "$(value some/matrix.json "len(m['tests'])")" = 5 ] || wrong "--intersect has not the five tests that both have"
edit other.json none.json "results.clear()"
refused 'no test is in all of the runs' matrix ours/run.json none.json --intersect -o no
refused 'there is no test in any of the runs' matrix none.json -o no

# what is wrong is told before anything is run
refused 'matrix needs profiles' matrix
refused 'missing.ini: No such file' matrix missing.ini -o no
refused 'missing.json: No such file' matrix good.ini missing.json -o no
refused 'a run.json of iscsi-assay is needed' matrix good.ini "$top/README.md" -o no
refused 'good.ini: cannot make the folder: Not a directory' matrix ours/run.json -o good.ini
mkdir deeper && profile deeper/good.ini other
refused 'both profiles are named good' matrix good.ini deeper/good.ini -o no
[ ! -e no/good ] || wrong "a profile was run before a mistake was told"
edit ours/run.json hostile.json "run.update(profile='<script>alert(1)</script>|\\x1b[31m'); results[0].update(id='a.\\x1b]0;x', desc='</td>', area='\\u202ea|b', raw='FAIL')"
expect 0 '' matrix hostile.json --markdown -
! grep -qE $'\033|(^|[^\\\\])<(script|/td)' out || wrong "strings from a file steer a terminal or are markup"

# a target that does not come up: no matrix, no old results taken for new ones
printf '[target]\nname = good\nurl = iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1\n[exec]\ncommand = false\nready-timeout = 2\n' >dead.ini
expect 3 'dead.ini: the run ended with exit 3: there is no matrix without it' matrix dead.ini -o made

# it is interrupted, or killed: no target is left behind
cat >slow.ini <<END
[target]
url = iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1
[exec]
command = sh -c 'echo \$\$ >$work/pid; exec iscsi-assay target --listen 127.0.0.1:{port}'
END
gone() {
	for _ in $(seq 100); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}
for signal in TERM KILL; do
	rm -rf pid slow
	"$program" matrix slow.ini -o slow >/dev/null 2>err &
	matrix=$!
	for _ in $(seq 100); do
		[ ! -s slow/slow/run.ndjson ] || break
		sleep 0.1
	done
	kill -$signal $matrix
	wait $matrix 2>/dev/null
	code=$?
	[ $signal = KILL ] || [ $code = 143 ] || wrong "SIGTERM: exit $code, not 143"
	[ -s pid ] || wrong "SIG$signal: the target was not even started"
	gone "$(cat pid)" || wrong "SIG$signal: the target is still there"
done
finish
