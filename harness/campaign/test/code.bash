#!/usr/bin/env bash
# code.bash PROGRAM TOP: the campaign's feedback from an instrumented target, which is this program as ASSAY_TRACE builds it: edges of its code are counted, and more cases are kept for them.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
export LLVM_PROFILE_FILE=/dev/null

"$program" fuzz --seed 1 --cases 400 -q -o with >out 2>err
code=$?
[ $code = 0 ] || [ $code = 8 ] || wrong "exit $code: $(cat err)"
reached=$(sed -nE 's/.*; ([0-9]+) of [0-9]+ edges of the target.s code.*/\1/p' out)
[ "${reached:-0}" -gt 500 ] || wrong "edges reached: ${reached:-none}: $(tail -n 1 out)"
# the same target without the map's name: only what it answers tells
"$program" fuzz -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1' --write-lun 1 --disruptive --seed 1 --cases 400 -q -o without \
	--exec 'env -u ASSAY_COVERAGE_MAP {self} target --listen 127.0.0.1:{port}' >out 2>err
! grep -q "of the target's code" out || wrong "edges without a map: $(tail -n 1 out)"
kept() { sed -nE 's/.*"kept": ?([0-9]+).*/\1/p' "$1/fuzz.json"; }
[ "$(kept with)" -gt "$(kept without)" ] || wrong "kept with the map $(kept with), without $(kept without)"
echo "kept with the map $(kept with), without $(kept without); $reached edges"
finish
