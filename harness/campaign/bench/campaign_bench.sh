#!/usr/bin/env bash
# campaign_bench.sh BUILD [CASES [CPU]]: what a login case costs, and against the built-in target a case of a campaign, as a multiple of the least that a login can cost on this machine now (connect, one
# request, its answer, reset, by system calls alone), with target and player on one CPU: CPU time of both, so that whoever else wants that CPU does not count. Rounds alternate; the median of the ratios is what counts.
# Against tgtd, too, where it is installed.
set -euo pipefail
build=$1 cases=${2:-4000} cpu=${3:-1}
top=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bench=$build/harness/campaign/campaign_bench

cat >"$work/builtin.ini" <<INI
[target]
name = built-in
url = iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1
[exec]
command = $build/iscsi-assay target --listen 127.0.0.1:{port}
INI

# cost PROFILE WORKLOAD: microseconds of CPU time a case, of both
cost() {
	"$bench" -p "$cpu" -n "$cases" -w "$2" "$1" | sed -E 's/.* CPU time ([0-9.]+) us a case,.*/\1/'
}

# compare NAME PROFILE WORKLOAD WORDS
compare() {
	local name=$1 profile=$2 workload=$3 words=$4 raw played
	for _ in 1 2 3 4 5; do
		raw=$(cost "$profile" raw)
		played=$(cost "$profile" "$workload")
		echo "$raw $played $(awk "BEGIN { printf \"%.2f\", $played / $raw }")"
	done | sort -n -k3 | sed -n 3p |
		while read -r raw played ratio; do
			echo "$name: a raw login takes $raw us, $words $played us: $ratio raw logins"
		done
}

compare built-in "$work/builtin.ini" login 'a login case'
compare built-in "$work/builtin.ini" cases 'a case of a campaign'
if command -v tgtd >/dev/null; then
	compare tgtd "$top/reports/profiles/tgt.ini" login 'a login case'
fi
