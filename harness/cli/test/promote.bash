#!/usr/bin/env bash
# promote.bash PROGRAM TOP RUNNER COMPILER FLAG…: a promoted finding is a test that compiles, FAILs or says CRASH where the finding is, and PASSes where it is not; what cannot become one is refused; nothing is overwritten.
# RUNNER runs a suite that is in a shared object: run_promoted.c.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
runner=$3 compiler=$4
shift 4
flags=("$@")
url='iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1'

# hunt FAULT PREFIX: a campaign until it has a finding whose key begins so, minimised; its folder in $finding.
hunt() {
	local pid faulty=(-t "$url" --exec "{self} target --listen 127.0.0.1:{port} --fault $1" --write-lun 1 --disruptive --patience 500ms)
	"$program" fuzz "${faulty[@]}" --seed 1 --cases 40000 -q -o "$1" >out 2>err &
	pid=$!
	finding=
	while kill -0 $pid 2>/dev/null && [ -z "$finding" ]; do
		sleep 0.1
		finding=$(find "$1/findings" -path "*/$2*/finding.json" 2>/dev/null | head -n 1)
	done
	kill -INT $pid 2>/dev/null
	wait $pid
	[ -n "$finding" ] || { wrong "$1 is not found: $(tail -n 3 out err)"; return 1; }
	finding=${finding%/finding.json}
	expect 8 'changes are left' fuzz "${faulty[@]}" --minimize "$finding"
	[[ $2 != rule-* ]] || [ "$(grep -l '"rule": {' "$finding"/{,minimized/}finding.json | wc -l)" = 2 ] || wrong "$1: a minimised finding lost its rule"
}

# judged TEST SUITE EXIT VERDICT OPTION…: the built-in target with those options.
judged() {
	local got
	printf '[target]\nname = promoted\nurl = %s\nwrite-lun = 1\n[exec]\ncommand = %s target --listen 127.0.0.1:{port} %s\n' "$url" "$program" "${*:5}" >promoted.ini
	timeout 120 "$runner" "$1" "$2" promoted.ini >out 2>err
	got=$?
	[ $got = "$3" ] || wrong "$2 ${*:5}: exit $got, not $3: $(tail -n 3 out err)"
	grep -q "^$4 fuzz\." out || wrong "$2 ${*:5}: no $4: $(cat out)"
}

# promoted FAULT PREFIX EXIT VERDICT
promoted() {
	local source name
	hunt "$1" "$2" || return
	expect 0 'goes to suites/target' fuzz --promote "$finding" -o "promoted-$1"
	source=$(echo "promoted-$1"/fuzz_*.c)
	name=$(basename "$source" .c)
	[ -s "promoted-$1/${finding##*/}" ] || wrong "$1: no seed"
	"$compiler" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror "${flags[@]}" -shared -fPIC "$source" -o "$PWD/$1.so" 2>err || { wrong "$source does not compile: $(head -n 5 err)"; return; }
	timeout 60 "$runner" "$PWD/$1.so" "assay_suite_$name" promoted.ini >out 2>err
	grep -q 'it names no defect' err || wrong "$1: a test runs that nobody has named a defect for"
	sed -i 's/\.defects = ""/.defects = "statsn-stuck"/' "$source" # what a person does
	"$compiler" -std=c11 -D_GNU_SOURCE "${flags[@]}" -shared -fPIC "$source" -o "$PWD/$1.so"
	judged "$PWD/$1.so" "assay_suite_$name" "$3" "$4" --fault "$1"
	judged "$PWD/$1.so" "assay_suite_$name" 0 PASS
}

printf '[target]\nname = x\nurl = %s\n[exec]\ncommand = %s target --listen 127.0.0.1:{port}\n' "$url" "$program" >promoted.ini
promoted stale-answer rule-statsn- 1 FAIL
promoted wedge-after-tmf wedged- 6 CRASH
if ! grep -q __asan_init "$program"; then # there it is a sanitizer's finding
	promoted crash-in-login crash-signal-11- 6 CRASH
fi
[ -d "$finding" ] || finish

# what is there is not touched, and no link followed; half of it is not left
mkdir there linked
touch "there/${finding##*/}"
refused 'there/.*is there, and is not overwritten' fuzz --promote "$finding" -o there
[ "$(ls there)" = "${finding##*/}" ] && [ ! -s "there/${finding##*/}" ] || wrong "what was there is not as it was: $(ls -l there)"
name=$(basename "$(echo promoted-*/fuzz_"$(basename "$finding" | tr - _ | cut -c 1-60)".c)")
ln -s ../linked-to "linked/$name"
refused 'linked/fuzz_.*is there, and is not overwritten' fuzz --promote "$finding" -o linked
[ ! -e linked-to ] || wrong "a link was followed"

# what no test of a target fails for
cp -r "$finding" initiator
sed -i 's/"target": ".*"/"target": "initiator iscsi-inq {url}"/' initiator/finding.json
refused 'initiator: found in an initiator: only a finding in a target' fuzz --promote initiator -o nowhere
cp -r "$finding" memory
sed -i 's/"outcome": ".*"/"outcome": "memory"/' memory/finding.json
refused 'memory: found as memory, which no test fails for' fuzz --promote memory -o nowhere
cp -r "$finding" broken
rm -r broken/minimized
sed -i 's/"bytes": "[0-9a-f]\{4\}/&x/' broken/sent.json
refused 'what was sent is no hexadecimal' fuzz --promote broken -o nowhere
[ -z "$(ls nowhere 2>/dev/null)" ] || wrong "half of a test is left: $(ls nowhere)"

# A seed has no digests, however little data they follow: 48 bytes of header, 4 of data; and without data nothing is taken for its digest.
zeros() { printf '%0*d' $((2 * $1)) 0; }
for row in "0 52 56" "2 56 56" "3 60 56" "1 52 52" "3 52 52"; do
	read -r digests length seed <<<"$row"
	rm -rf small made
	cp -r "$finding" small
	rm -r small/minimized
	printf '{"whole": true, "events": [{"event": "open", "connection": 0, "digests": 0}, {"event": "send", "connection": 0, "digests": %d, "bytes": "%s"}]}' \
		"$digests" "$(zeros "$length")" >small/sent.json
	expect 0 'goes to corpus' fuzz --promote small -o made
	[ "$(stat -c %s "made/${finding##*/}")" = "$seed" ] || wrong "digests $digests of $length bytes: $(stat -c %s "made/${finding##*/}") bytes of seed, not $seed"
done
finish
