#!/usr/bin/env bash
# tools.bash ISCSI-ASSAY - serves the built-in target and lets other people's initiators use it: libiscsi's iscsi-ls, iscsi-inq and its share of
# iscsi-test-cu, qemu-img and qemu-io. Own port, own folder; ends what it started.
set -euo pipefail
assay=$1
for tool in iscsi-ls iscsi-inq iscsi-test-cu qemu-img qemu-io; do
	command -v $tool >/dev/null || { echo "tools: $tool is missing (packages libiscsi-bin, qemu-utils, qemu-block-extra)"; exit 77; }
done
dir=$(mktemp -d)
target=
trap '[ -z "$target" ] || kill "$target" 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT

fail() { echo "tools: $*" >&2; exit 1; }

mkfifo "$dir/out"
"$assay" target --listen 127.0.0.1:0 >"$dir/out" 2>"$dir/err" &
target=$!
exec 3<"$dir/out"
read -r -t 10 url <&3 || fail "the target printed no URL: $(cat "$dir/err")"
portal=${url#iscsi://}; portal=${portal%%/*}
base=${url%/*}; base=${base%/}

echo "== iscsi-ls"
iscsi-ls "iscsi://$portal" >"$dir/ls"; cat "$dir/ls"
grep -q "Target:${base##*/} " "$dir/ls" || fail "iscsi-ls does not list ${base##*/}"

echo "== iscsi-inq"
iscsi-inq "$base/22" | tee "$dir/inq"
grep -q 'Vendor:IET' "$dir/inq" || fail "standard data of LUN 22 have another vendor"
iscsi-inq -e 1 -c 131 "$base/22" >"$dir/inq"
grep -q '00010016' "$dir/inq" || { cat "$dir/inq"; fail "page 0x83 of LUN 22 does not hold 00010016"; }
iscsi-inq -e 1 -c 128 "$base/22" | grep -q 'beaf122' || fail "page 0x80 of LUN 22 does not hold beaf122"

echo "== qemu-io and qemu-img"
qemu-io -f raw -c 'write -P 0x5a 1M 2M' -c 'flush' -c 'read -P 0x5a 1M 2M' -c 'write -z 2M 64k' -c 'read -P 0 2M 64k' "$base/1" >"$dir/io" ||
	{ cat "$dir/io"; fail "qemu-io"; }
! grep -qi 'failed\|error' "$dir/io" || { cat "$dir/io"; fail "qemu-io saw wrong data"; }
qemu-img convert -f raw -O raw -n "$base/1" "$base/22" || fail "qemu-img convert"
qemu-img compare -f raw -F raw "$base/1" "$base/22" || fail "qemu-img compare"

echo "== iscsi-test-cu"
# Two tests of it send a COMPARE AND WRITE of 256 blocks and want it refused; the CDB's count has one byte, so that it says 0 blocks, which is GOOD.
iscsi-test-cu --dataloss -t ALL "$base/1" >"$dir/cu" 2>&1 || true
sed -n '/Run Summary/,$p' "$dir/cu"
awk '/^ *Suite: / { suite = $2 } /^Suite: / { suite = $2 } /^  Test: / { test = suite "." $2 } /^FAILED$|\.\.\.FAILED/ { print test }' "$dir/cu" |
	grep -v -x -e 'CompareAndWrite.Simple' -e 'CompareAndWrite.Miscompare' >"$dir/failed" || true
[ ! -s "$dir/failed" ] || { cat "$dir/failed"; fail "iscsi-test-cu: tests failed"; }
awk '/^ *tests / { exit !($3 > 200) }' "$dir/cu" || fail "iscsi-test-cu ran too few tests"
echo "tools: all well"
