#!/usr/bin/env bash
# bench.sh [ISCSI-ASSAY] - the figures of docs/performance.md, taken in one run on this machine: tests a second on the built-in target (one job, four),
# PDUs a second through the codec, and the built-in target beside tgtd with the same client (qemu-img bench, 4 KiB and 256 KiB). Prints Markdown.
# Quote the ratios: absolute figures are this machine's and this hour's.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
assay=${1:-$here/build/release/iscsi-assay}
codec=$(dirname "$assay")/harness/codec/codec_bench
rounds=${ROUNDS:-5}
dir=$(mktemp -d)
pids=()
trap cleanup EXIT

cleanup() {
	local p
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
	[ -z "${ctl:-}" ] || tgt_stop
	rm -rf "$dir" ${store:+"$store"}
}
now() { date +%s.%N; }
# seconds COMMAND…: how long it takes
seconds() { local start; start=$(now); "$@" >"$dir/out" 2>&1; echo "$(now) $start" | awk '{ printf "%.4f\n", $1 - $2 }'; }
# median of the lines of standard input
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

tgt_stop() {
	tgtadm -C "$ctl" --op delete --mode target --lld iscsi --force --tid 1 >/dev/null 2>&1 || true
	tgtadm -C "$ctl" --op delete --mode system >/dev/null 2>&1 || true
	kill -9 "$tgtd" 2>/dev/null || true
	ctl=
}

# free_port: a loopback port below the range from which the system chooses by itself
free_port() {
	local p
	while :; do
		p=$((20000 + RANDOM % 12000))
		(exec 9<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo "$p"; return; }
	done
}

echo "## The whole run on the built-in target"
echo
echo "| jobs | tests | seconds (median of $rounds) | tests a second |"
echo "|---|---|---|---|"
for jobs in 1 4; do
	for _ in $(seq "$rounds"); do seconds "$assay" run --jobs $jobs --quiet -o "$dir/run"; done >"$dir/t"
	tests=$(grep -c '"type":"result"' "$dir/run/run.ndjson" || true)
	t=$(median <"$dir/t")
	awk -v j=$jobs -v n="$tests" -v t="$t" 'BEGIN { printf "| %d | %d | %.2f | %.0f |\n", j, n, t, n / t }'
done

echo
echo "## The codec"
echo
echo '```'
"$codec"
echo '```'

echo
echo "## The built-in target beside tgtd"
echo
# Both serve 256 MiB: the built-in one and tgtd from a file in memory where there is one (/dev/shm).
store=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
truncate -s 256M "$store/ours" "$store/tgt"
mkfifo "$dir/url"
"$assay" target --listen 127.0.0.1:0 --lun "1=$store/ours" >"$dir/url" &
pids+=($!)
exec 3<"$dir/url"
read -r -t 10 ours <&3
ctl=$(free_port)
tgtd -f -C "$ctl" --iscsi portal=127.0.0.1:"$ctl" >"$dir/tgtd.log" 2>&1 &
tgtd=$!
for _ in $(seq 100); do tgtadm -C "$ctl" --op show --mode system >/dev/null 2>&1 && break; done
tgtadm -C "$ctl" --lld iscsi --op new --mode target --tid 1 --targetname iqn.2026-01.net.iscsi-assay:bench
tgtadm -C "$ctl" --lld iscsi --op new --mode logicalunit --tid 1 --lun 1 --backing-store "$store/tgt"
tgtadm -C "$ctl" --lld iscsi --op bind --mode target --tid 1 --initiator-address ALL
theirs=iscsi://127.0.0.1:$ctl/iqn.2026-01.net.iscsi-assay:bench/1

# bench WORDS…: ratio of tgtd's time to ours, pair by pair, so that a change of the machine's speed falls on both
bench() {
	local name=$1 count=$2 size=$3 depth=$4 flag=${5:-}
	: >"$dir/ours"; : >"$dir/theirs"; : >"$dir/ratio"
	for _ in $(seq "$rounds"); do
		a=$(seconds qemu-img bench -f raw -n -c "$count" -d "$depth" -s "$size" $flag "$ours")
		b=$(seconds qemu-img bench -f raw -n -c "$count" -d "$depth" -s "$size" $flag "$theirs")
		echo "$a" >>"$dir/ours"; echo "$b" >>"$dir/theirs"; echo "$a $b" | awk '{ print $2 / $1 }' >>"$dir/ratio"
	done
	awk -v n="$name" -v c="$count" -v s="$size" -v a="$(median <"$dir/ours")" -v b="$(median <"$dir/theirs")" -v r="$(median <"$dir/ratio")" \
		'BEGIN { printf "| %s | %.0f/s, %.0f MiB/s | %.0f/s, %.0f MiB/s | %.2f |\n", n, c / a, c * s / a / 1048576, c / b, c * s / b / 1048576, r }'
}
echo "| client: qemu-img bench | built-in target | tgtd $(tgtd -V) | ours / tgtd |"
echo "|---|---|---|---|"
bench "read 4 KiB, 32 in flight" 20000 4096 32
bench "write 4 KiB, 32 in flight" 20000 4096 32 -w
bench "read 256 KiB, 8 in flight" 2000 262144 8
bench "write 256 KiB, 8 in flight" 2000 262144 8 -w
