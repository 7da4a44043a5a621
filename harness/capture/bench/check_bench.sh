#!/usr/bin/env bash
# check_bench.sh [ISCSI-ASSAY] - the figures of docs/performance.md about captures, taken in one run: captures of 100 MB and of 1 GB are made by `record` between qemu-img and the built-in target (writes and reads
# of 4 KiB, or of 64 KiB), then `dd`, `check` and `tshark -Y iscsi -T fields -e iscsi.opcode` read them in turn. Prints Markdown; the captures are removed.
# All read from memory: what is measured is work, not a disk. Quote the ratios. ROUNDS=N: of which the median is told; SIZES="MB MB": other captures.
set -euo pipefail
top=$(cd "$(dirname "$0")/../../.." && pwd)
assay=$(readlink -f "${1:-$top/build/release/iscsi-assay}")
rounds=${ROUNDS:-3}
sizes=${SIZES:-100 1000}
for tool in tshark qemu-img python3; do
	command -v $tool >/dev/null || { echo "$tool is missing" >&2; exit 77; }
done
dir=$(mktemp -d)
pids=()
cleanup() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait
	rm -rf "$dir"
}
trap cleanup EXIT
cd "$dir"

# started FILE WORD…: in the background; waits for the first line in FILE.
started() {
	local file=$1
	shift
	rm -f "$file" # what one before it said
	"$@" >"$file" 2>"$file.err" &
	pids+=($!)
	for _ in $(seq 200); do [ -s "$file" ] && return; sleep 0.05; done
	cat "$file.err" >&2
	exit 1
}

# make MB KIB: a capture of about that size of writes and as many reads of so much, as capture.pcapng.
make() {
	local count=$(($1 * 1000000 / ($2 * 2048 + 512))) url portal
	started url "$assay" target --listen 127.0.0.1:0 --name iqn.2026-01.net.iscsi-assay:bench --lun 1=256M
	url=$(head -n 1 url) portal=${url#iscsi://} portal=${portal%%/*}
	started proxy "$assay" record --to "$portal" capture.pcapng
	url=${url/$portal/$(cat proxy)}
	qemu-img bench -f raw -w -c $count -d 16 -s "$2k" "$url" >/dev/null # first: what was never written is not read
	qemu-img bench -f raw -c $count -d 16 -s "$2k" "$url" >/dev/null
	kill -TERM "${pids[1]}"
	wait "${pids[1]}" # what was recorded is whole
	kill -TERM "${pids[0]}"
	wait "${pids[0]}" || true
	pids=()
}

# measure COMMAND…: seconds, seconds of CPU and peak memory in MiB.
measure() {
	python3 - "$@" <<-'END'
		import os, sys, time
		begun = time.monotonic()
		pid = os.fork()
		if pid == 0:
		    null = os.open("/dev/null", os.O_RDWR)
		    os.dup2(null, 1)
		    os.dup2(null, 2)
		    os.execvp(sys.argv[1], sys.argv[1:])
		_, status, used = os.wait4(pid, 0)
		if os.waitstatus_to_exitcode(status) not in (0, 8):
		    sys.exit(f"{sys.argv[1]}: exit {os.waitstatus_to_exitcode(status)}")
		print(f"{time.monotonic() - begun:.3f} {used.ru_utime + used.ru_stime:.3f} {used.ru_maxrss / 1024:.1f}")
	END
}
# median COLUMN FILE
median() { cut -d ' ' -f "$1" "$2" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# row MB KIB
row() {
	local said
	make "$1" "$2"
	cat capture.pcapng >/dev/null
	rm -f plain ours theirs
	for _ in $(seq "$rounds"); do
		measure dd if=capture.pcapng of=/dev/null bs=256k >>plain
		measure "$assay" check capture.pcapng >>ours
		measure tshark -r capture.pcapng -Y iscsi -T fields -e iscsi.opcode >>theirs
	done
	said=$({ "$assay" check --json capture.pcapng || true; } | python3 -c 'import json, sys; k = json.load(sys.stdin)["counts"]; print(sum(k["pdus"].values()), k["lost_bytes"] + k["skipped_bytes"])')
	[ "${said#* }" = 0 ] || { echo "bytes are missing in the capture" >&2; exit 1; }
	awk -v bytes="$(stat -c %s capture.pcapng)" -v kib="$2" -v pdus="${said% *}" -v plain="$(median 2 plain)" -v s="$(median 1 ours)" -v c="$(median 2 ours)" -v m="$(median 3 ours)" \
		-v ts="$(median 1 theirs)" -v tc="$(median 2 theirs)" -v tm="$(median 3 theirs)" \
		'BEGIN { printf "| %.0f MB, I/O of %d KiB | %d | %.2f s | %.2f s, %.2f s, %.0f MiB | %.2f s, %.2f s, %.0f MiB | **%.0f**, %.0f |\n", bytes / 1e6, kib, pdus, plain, s, c, m, ts, tc, tm, ts / s, tc / c }'
}

echo "| capture | PDUs | dd: of CPU | check: elapsed, of CPU, peak memory | tshark: elapsed, of CPU, peak memory | tshark / check: elapsed, of CPU |"
echo "|---|---|---|---|---|---|"
for kib in 4 64; do
	for size in $sizes; do row "$size" $kib; done
done
