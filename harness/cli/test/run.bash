#!/usr/bin/env bash
# run.bash PROGRAM TOP: the built-in target is tested from one command, and the results are what the documents say.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

cases() { grep -c '<testcase ' "$1/junit.xml"; }

# everything, quiet in a pipe
expect 0 '0 unexpected$' run --seed 1 -j 2
! grep -q $'\r\|\033' out || wrong "progress or colour in a pipe"
grep -q 'test your own: iscsi-assay run -t iscsi://HOST/IQN/LUN' out || wrong "the summary names no next step"
for file in run.ndjson run.json junit.xml run.tap summary.md report.html .iscsi-assay; do
	[ -e "assay-out/$file" ] || wrong "no assay-out/$file"
done
ls assay-out/*.part 2>/dev/null && wrong "a half-written file is left"
tests=$("$program" list --ids | wc -l)
[ "$(cases assay-out)" = "$tests" ] || wrong "junit.xml has $(cases assay-out) cases of $tests tests"
[ "$(grep -c '"type":"result"' assay-out/run.ndjson)" = "$tests" ] || wrong "run.ndjson lacks results"
[ "$(grep -cE '^(not )?ok ' assay-out/run.tap)" = "$tests" ] || wrong "run.tap lacks results"
if command -v xmllint >/dev/null; then
	xmllint --noout --schema "$top/docs/junit.xsd" assay-out/junit.xml 2>err || wrong "junit.xml: $(head -3 err)"
fi
for python in /usr/bin/python3 python3; do
	"$python" -c 'import jsonschema' 2>/dev/null || continue
	"$python" - "$top/docs/run.schema.json" assay-out/run.json <<'END' || wrong "run.json does not keep to its schema"
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
END
	break
done

# selection: in, out by '-', by '!', behind '--', beside options in any order
all=$("$program" list --ids login.* | wc -l)
one=$("$program" list --ids login.* | head -n 1)
for out in "-$one" "!$one" "-- -$one"; do
	# shellcheck disable=SC2086 # "--" and the selector are two words
	[ "$("$program" list --ids 'login.*' $out | wc -l)" = $((all - 1)) ] || wrong "list login.* $out does not leave out one of $all"
done
expect 0 '' run 'login.*' "-$one" --seed 0x10 -q -o few
[ "$(cases few)" = $((all - 1)) ] || wrong "run login.* -$one ran $(cases few) of $all"
grep -q 'name="login' few/junit.xml || wrong "no login tests in a run of login.*"

# the folder of a run is replaced; what was there goes
touch few/stale
expect 0 '^1 tests in' run "$one" --seed 0x10 -q -o few
[ ! -e few/stale ] || wrong "the old folder was not emptied"
[ "$(cases few)" = 1 ] || wrong "one test: $(cases few) cases"
# … but not when the words are wrong
expect 2 '' run no-such-test -o few
[ -e few/junit.xml ] || wrong "bad usage emptied the output folder"
# … nor when there is no target: the results that --rerun-failed and baseline need are still those of the last run
expect 3 '' run -t iscsi://127.0.0.1:1/iqn.2026-01.net.iscsi-assay:disk/1 -q -o few
expect 4 '' run --shard 2/2 "$one" -q -o few
[ -e few/junit.xml ] && [ -e few/run.json ] || wrong "a run without a target emptied the output folder"
expect 0 '' run "$one" -o deep/er/out -q
# a folder is emptied through a symbolic link, too; and it has one run at a time
ln -s few link
touch few/stale
expect 0 '' run "$one" -q -o link
[ ! -e few/stale ] || wrong "the folder behind a symbolic link was not emptied"
exec 8>few/.iscsi-assay
flock 8
expect 2 'few: another run is writing there' run "$one" -q -o few
exec 8>&-
[ -e few/run.json ] || wrong "a run that was refused emptied the folder of another"
# exit codes
expect 4 '' run "$one" --min-run 2 -q
expect 4 'nothing to run: all of that run passed' run --rerun-failed -q
[ -e assay-out/run.json ] || wrong "--rerun-failed with nothing to run emptied the folder"
# shards are a partition
expect 0 '' run 'login.*' --shard 1/2 -q -o shard1
expect 0 '' run 'login.*' --shard 2/2 -q -o shard2
[ $(($(cases shard1) + $(cases shard2))) = "$all" ] || wrong "two shards: $(cases shard1) and $(cases shard2) of $all"

# a disk that is full: said in one line, exit 5, what was streamed is whole
(ulimit -f 4 && exec "$program" run --no-evidence -q -o small >out 2>err)
code=$?
[ $code = 5 ] || wrong "a full disk: exit $code, not 5"
[ "$(wc -l <err)" = 1 ] && grep -q 'cannot write small/run.ndjson' err || wrong "a full disk: $(cat err)"
grep -q '^results:' out && wrong "a full disk: the summary points to results that are not there"
grep -q '^next: .*make room' out || wrong "a full disk: the summary does not say what to do"
tail -c 1 small/run.ndjson | grep -q '^$' || wrong "a full disk: run.ndjson ends in the middle of a line"
"$program" run -q -o few "$one" >/dev/full 2>err
[ $? = 5 ] || wrong "stdout cannot be written: exit is not 5"

# … but a reader who has seen enough is no fault
"$program" run -o few 'login.*' 2>err | head -n 1 >/dev/null
[ "${PIPESTATUS[0]}" = 0 ] && [ ! -s err ] || wrong "run | head: $(cat err)"

# explain and list
expect 0 'a test, ' explain "$one"
expect 0 'a defect of the built-in target' explain statsn-stuck
expect 0 'a requirement, MUST' explain R7143-4.2.1-01
expect 0 'SAM-5' explain S-LUN-01
"$program" list --json >list.json && grep -c '"id": ' list.json | grep -qx "$tests" || wrong "list --json lacks tests"
"$program" list --md | grep -c '^| `' | grep -qx "$tests" || wrong "list --md lacks tests"
expect 0 'apply' probe
expect 0 '"header_digest": ' probe --json
finish
