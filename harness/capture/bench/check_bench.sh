#!/usr/bin/env bash
# check_bench.sh [ISCSI-ASSAY] - the figures of docs/performance.md about captures, taken in one run: a capture of 100 MB and one of 1 GB are made by `record` between qemu-img and the built-in target (writes and
# reads of 64 KiB, reads of 4 KiB), then `check` and `tshark -Y iscsi -T fields -e iscsi.opcode` read them in turn. Prints Markdown; the captures are removed.
# Both read from memory: what is measured is work, not a disk. Quote the ratios. ROUNDS=N: of which the median is told; SIZES="MB MB": other captures.
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
	"$@" >"$file" 2>"$file.err" &
	pids+=($!)
	for _ in $(seq 200); do [ -s "$file" ] && return; sleep 0.05; done
	cat "$file.err" >&2
	exit 1
}

# make MB: a capture of about that size, as N.pcapng. A round of the three patterns with COUNT of 64 KiB is 144 KiB of packets a count.
make() {
	local count=$(($1 * 1000000 / 147456)) url portal
	started url "$assay" target --listen 127.0.0.1:0 --name iqn.2026-01.net.iscsi-assay:bench --lun 1=256M
	url=$(head -n 1 url) portal=${url#iscsi://} portal=${portal%%/*}
	started proxy "$assay" record --to "$portal" "$1.pcapng"
	url=${url/$portal/$(cat proxy)}
	qemu-img bench -f raw -w -c $count -d 8 -s 64k "$url" >/dev/null
	qemu-img bench -f raw -c $count -d 8 -s 64k "$url" >/dev/null
	qemu-img bench -f raw -c $((count * 4)) -d 16 -s 4k "$url" >/dev/null
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

echo "| capture | PDUs | check: seconds, of CPU, peak memory | tshark: seconds, of CPU, peak memory | tshark / check: seconds, of CPU |"
echo "|---|---|---|---|---|"
for size in $sizes; do
	make "$size"
	cat "$size.pcapng" >/dev/null
	rm -f ours theirs
	for _ in $(seq "$rounds"); do
		measure "$assay" check "$size.pcapng" >>ours
		measure tshark -r "$size.pcapng" -Y iscsi -T fields -e iscsi.opcode >>theirs
	done
	pdus=$({ "$assay" check --json "$size.pcapng" || true; } | python3 -c 'import json, sys; k = json.load(sys.stdin); print(sum(k["counts"]["pdus"].values()), k["counts"]["lost_bytes"] + k["counts"]["skipped_bytes"])')
	[ "${pdus#* }" = 0 ] || { echo "$size.pcapng: bytes are missing" >&2; exit 1; }
	awk -v bytes="$(stat -c %s "$size.pcapng")" -v pdus="${pdus% *}" -v s="$(median 1 ours)" -v c="$(median 2 ours)" -v m="$(median 3 ours)" \
		-v ts="$(median 1 theirs)" -v tc="$(median 2 theirs)" -v tm="$(median 3 theirs)" \
		'BEGIN { printf "| %.0f MB | %d | %.2f s, %.2f s, %.0f MiB | %.2f s, %.2f s, %.0f MiB | %.0f, %.0f |\n", bytes / 1e6, pdus, s, c, m, ts, tc, tm, ts / s, tc / c }'
	rm -f "$size.pcapng"
done
