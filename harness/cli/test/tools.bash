#!/usr/bin/env bash
# tools.bash PROGRAM TOP - serves the built-in target and lets other people's initiators use it: libiscsi's tools and its share of iscsi-test-cu, qemu-img and
# qemu-io. The rule engine watches both sides: nothing may be found against our target, and against them what docs/findings-libiscsi.md argues.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

for tool in iscsi-ls iscsi-inq iscsi-readcapacity16 iscsi-perf iscsi-test-cu qemu-img qemu-io; do
	command -v $tool >/dev/null || { echo "tools: $tool is missing (packages libiscsi-bin, qemu-utils, qemu-block-extra)"; exit 77; }
done
known=(--allow expstatsn-ahead)

# shows PATTERN WORD…: a tool ends well, and a line of its output matches.
shows() {
	local pattern=$1
	shift
	timeout 60 "$@" >said 2>&1 || { wrong "$*: exit $?"; tail -n 5 said; return; }
	[ -z "$pattern" ] || grep -qE -- "$pattern" said || { wrong "$*: nothing says '$pattern'"; tail -n 5 said; }
}

# served WORD…: a watched target; $portal and $base, the URL without its LUN.
served() {
	serve --listen 127.0.0.1:0 --watch seen "$@" || exit 1
	portal=${url#iscsi://} portal=${portal%%/*}
	base=${url%/*}
}

# nobody_wrong [EXIT]: ends it; somebody was seen, and nothing is held against our side.
nobody_wrong() {
	end_server "$@"
	grep -qE '^iscsi-assay: watched [1-9][0-9]* connections, [1-9]' server.err || wrong "nobody was seen: $(cat server.err)"
	! grep -q 'the target breaks' server.err || wrong "against our target: $(grep 'the target breaks' server.err)"
}

echo "== the units of a target, one after the other"
served --name iqn.2026-01.net.example:shelf --lun 0=8M --lun 22=16M,block=4096 "${known[@]}"
shows 'Lun:22 .*Type:DIRECT_ACCESS .Size:15M' iscsi-ls -s "iscsi://$portal"
shows '^LOGICAL BLOCK LENGTH IN BYTES:4096' iscsi-readcapacity16 "$base/22"
nobody_wrong

echo "== what it is and how large"
served "${known[@]}"
shows "Target:${base##*/} " iscsi-ls "iscsi://$portal"
shows 'Vendor:IET' iscsi-inq "$base/22"
shows '00010016' iscsi-inq -e 1 -c 131 "$base/22"
shows 'beaf122' iscsi-inq -e 1 -c 128 "$base/22"
shows '^Total size:67108864' iscsi-readcapacity16 "$base/1"

echo "== CHAP, and a header digest"
account=assay-user%assay-secret-1
proof='target_user=assay-target&target_password=assay-secret-2'
shows 'Type:DIRECT_ACCESS' iscsi-inq "iscsi://$account@$portal/${base##*/}.chap/0"
shows 'Type:DIRECT_ACCESS' iscsi-inq "iscsi://$account@$portal/${base##*/}.mutual/0?$proof"
! timeout 60 iscsi-inq "iscsi://assay-user%wrong-secret-1@$portal/${base##*/}.chap/0" >said 2>&1 || wrong "a wrong secret is let in"
! timeout 60 iscsi-inq "iscsi://$account@$portal/${base##*/}.mutual/0?target_user=assay-target&target_password=wrong-secret-2" >said 2>&1 ||
	wrong "iscsi-inq believes a target that does not prove itself"
shows 'Type:DIRECT_ACCESS' iscsi-inq "$base/1?header_digest=crc32c"

echo "== qemu-io and qemu-img"
# A digest in QEMU's URL ends it before it connects: libiscsi is asked to set it where there is no session yet. Options are another way to say it.
opened() { printf 'driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=%s,file.target=%s,file.lun=1,file.header-digest=%s' "$portal" "${base##*/}" "$1"; }
for digest in none crc32c; do
	shows '^discard 1048576/1048576' qemu-io --image-opts -c 'write -P 0x5a 1M 2M' -c 'flush' -c 'read -P 0x5a 1M 2M' -c 'write -z 2M 64k' -c 'read -P 0 2M 64k' \
		-c 'aio_write -P 0x11 8M 1M' -c 'aio_write -P 0x22 9M 1M' -c 'aio_flush' -c 'read -P 0x22 9M 1M' -c 'discard 4M 1M' "$(opened $digest)"
	! grep -qi 'failed\|error' said || { cat said; wrong "qemu-io saw wrong data"; }
done
shows '' qemu-img convert -f raw -O raw -n "$base/1" "$base/22"
shows 'identical' qemu-img compare -f raw -F raw "$base/1" "$base/22"
shows 'finished' iscsi-perf -m 32 -b 8 -t 1 "$base/1"
nobody_wrong

echo "== iscsi-test-cu"
# It is wrong on purpose here and there, so findings against it mean nothing.
# Two tests of it send a COMPARE AND WRITE of 256 blocks and want it refused; the CDB's count has one byte, so that it says 0 blocks, which is GOOD.
served
timeout 120 iscsi-test-cu --dataloss -t ALL "$base/1" >cu 2>&1
[ $? != 124 ] || wrong "iscsi-test-cu did not come to its end within 120 s"
sed -n '/Run Summary/,$p' cu
awk '/^ *Suite: / { suite = $2 } /^Suite: / { suite = $2 } /^  Test: / { test = suite "." $2 } /^FAILED$|\.\.\.FAILED/ { print test }' cu |
	grep -v -x -e 'CompareAndWrite.Simple' -e 'CompareAndWrite.Miscompare' >failed
[ ! -s failed ] || { cat failed; wrong "iscsi-test-cu: tests failed"; }
awk '/^ *tests / { many = $3 > 200; exit } END { exit !many }' cu || wrong "iscsi-test-cu ran too few tests"
nobody_wrong 8
finish
