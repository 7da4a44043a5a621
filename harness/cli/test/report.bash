#!/usr/bin/env bash
# report.bash PROGRAM TOP: what the command report writes from a run.json is what the run itself wrote; what it cannot read or write, it says in a line.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

pids=()
cleanup() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$work"
}

# a run with failures and their evidence
"$program" target --listen 127.0.0.1:0 --defect statsn-stuck >urls 2>&1 &
pids+=($!)
for _ in $(seq 200); do [ -s urls ] && break; sleep 0.05; done
expect 1 'unexpected' run -t "$(head -n 1 urls)" 'login.*' -q -o run --seed 1
written=$(grep -c 'class="listing"' run/report.html)
[ "$written" -gt 3 ] || wrong "report.html has $written listings of PDUs"
grep -q 'report.html' out || wrong "the summary does not name report.html"

# … written again, from its folder and from elsewhere
expect 0 '' report run/run.json --html page.html --junit junit.xml --tap run.tap --markdown summary.md
for pair in page.html:report.html junit.xml:junit.xml run.tap:run.tap summary.md:summary.md; do
	cmp "${pair%:*}" "run/${pair#*:}" || wrong "report wrote another ${pair%:*} than the run"
done
(cd run && "$program" report run.json --html - | cmp - report.html) || wrong "from its own folder, to standard output: another page"
[ -z "$(ls ./*.part 2>/dev/null)" ] || wrong "a half-written file is left"
# … without the evidence: the page says so
cp run/run.json alone.json
expect 0 '' report alone.json --html alone.html
grep -q 'class="listing"' alone.html && wrong "listings of PDUs from nowhere"
grep -q 'Its PDUs cannot be shown' alone.html || wrong "the page does not say that listings are missing"

refused 'report needs one run.json' report
refused 'report needs one run.json' report run/run.json
refused 'report needs one run.json' report --html x.html
refused 'report needs one run.json' report run/run.json alone.json --html x.html
refused 'none.json: .*No such file' report none.json --html x.html
refused 'run.ndjson: .*run.json of iscsi-assay is needed' report run/run.ndjson --html x.html
sed 's/"verdict": "FAIL"/"verdict": "GOOD"/' run/run.json >bad.json
refused 'bad.json: result [0-9]+: "verdict" is missing or is not what' report bad.json --html x.html
[ ! -e x.html ] || wrong "a page was made of nothing"
refused 'no/such/folder/x.html: cannot write it: No such file' report run/run.json --html no/such/folder/x.html
refused 'run: cannot write it: Is a directory' report run/run.json --html run
refused '^iscsi-assay: run: Is a directory; a run.json of iscsi-assay is needed' report run --html x.html

# what is no plain file stays what it is: a link, and what it leads to, a pipe
echo before >real.html && ln -s real.html link.html && ln -s /dev/full full && mkfifo -m 600 pipe
expect 0 '' report run/run.json --html link.html
[ -L link.html ] && cmp real.html run/report.html || wrong "a link was replaced by the page"
expect 5 'full: cannot write it: No space left' report run/run.json --html full
[ -L full ] || wrong "a link to a device was replaced by the page"
timeout 60 cat pipe >piped.html &
pids+=($!)
expect 0 '' report run/run.json --html pipe
wait "${pids[-1]}"
[ -p pipe ] && cmp piped.html run/report.html || wrong "a pipe was replaced by the page"

"$program" report run/run.json --html - >/dev/full 2>err
[ $? = 5 ] || wrong "standard output cannot be written: exit is not 5"
finish
