#!/usr/bin/env bash
# campaign_bench.sh BUILD [CASES [CPU]]: what a login case costs, as a multiple of the least that a login can cost on this machine now (connect, one request, its answer, reset, by system
# calls alone), with target and player on one CPU. Against the built-in target, and against tgtd where it is installed. Rounds alternate, so that what else the
# machine does falls on both alike; the median of the ratios is what counts.
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

# rate PROFILE WORKLOAD: cases a second
rate() {
	"$bench" -p "$cpu" -n "$cases" -w "$2" "$1" | sed -E 's/.* s, ([0-9]+)\/s;.*/\1/'
}

compare() {
	local name=$1 profile=$2 raw login
	for _ in 1 2 3 4 5; do
		raw=$(rate "$profile" raw)
		login=$(rate "$profile" login)
		echo "$raw $login $(awk "BEGIN { printf \"%.2f\", $raw / $login }")"
	done | sort -n -k3 | sed -n 3p |
		while read -r raw login ratio; do
			echo "$name: raw logins $raw/s, login cases $login/s: a case costs $ratio raw logins"
		done
}

compare built-in "$work/builtin.ini"
if command -v tgtd >/dev/null; then
	compare tgtd "$top/reports/profiles/tgt.ini"
fi
