#!/usr/bin/env bash
# proof.bash PROGRAM TOP [SEED…]: what the campaign is worth, as a table: for each planted fault of the built-in target (iscsi-assay target --fault help) how many cases it took to find it, beside bytes without structure
# (--random), of which MORE times as many are sent. One seed when none is said. It fails where a fault is not found within its limit, or where anything is found in a target without faults.
set -uo pipefail
program=$1
shift 2
seeds=("${@:-1}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
MORE=4

# Fault, how its key begins (an extended regular expression), the most cases that it may take. What only a sanitizer sees is looked for where the program has one.
rows=(
	"crash-in-login crash-signal-11- 40000"
	"wedge-after-tmf wedged- 40000"
	"leak memory- 20000"
	"stale-answer rule-statsn- 20000"
)
if grep -q __asan_init "$program"; then
	rows=(
		"crash-in-login (segv|undefined-behavior)- 40000"
		"overflow-in-text (heap-buffer-overflow|undefined-behavior)- 40000"
	)
fi

# finding FOLDER KEY: of the first finding of that key, how many cases had been played when it was made, and the whole key; nothing when there is none.
finding() {
	grep -E '^\{"type":"finding","key":"'"$2" "$1/fuzz.ndjson" 2>/dev/null | head -n 1 | sed -nE 's/.*"key":"([^"]*)".*"cases":([0-9]+).*/\2 \1/p'
}

# hunt FOLDER EXEC KEY MOST OPTION…: a campaign, ended when it has found that key. Prints what finding does.
hunt() {
	local folder=$1 exec=$2 key=$3 most=$4 pid
	shift 4
	"$program" fuzz -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1' --exec "$exec" --write-lun 1 --disruptive \
		--cases "$most" --patience 500ms -q -o "$folder" "$@" >"$folder.out" 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null && [ -z "$(finding "$folder" "$key")" ]; do
		sleep 0.1
	done
	kill -INT $pid 2>/dev/null
	wait $pid
	case $? in
	0 | 8 | 130) ;;
	*) echo "$exec: $(tail -n 3 "$folder.out")" >&2 ;;
	esac
	finding "$folder" "$key"
}

# What is found where nothing was planted would make all the others worth nothing.
control=$(hunt control 'env ASAN_OPTIONS=quarantine_size_mb=1 {self} target --listen 127.0.0.1:{port}' '' 3000 --seed "${seeds[0]}" --pin)
[ -z "$control" ] || { failures=$((failures + 1)); echo "found in a target without faults: $control" >&2; }

echo '| fault | found as | cases to find it, by seed | bytes without structure |'
echo '|---|---|---|---|'
for row in "${rows[@]}"; do
	read -r fault key most <<<"$row"
	exec="env ASAN_OPTIONS=quarantine_size_mb=1 {self} target --listen 127.0.0.1:{port} --fault $fault"
	took=() least=0
	for seed in "${seeds[@]}"; do
		read -r cases found <<<"$(hunt "$fault-$seed" "$exec" "$key" "$most" --seed "$seed" --pin)"
		[ -n "$cases" ] || { failures=$((failures + 1)); cases="none within $most"; }
		took+=("$cases")
		[[ $cases == none* ]] || least=$((cases > least ? cases : least))
	done
	limit=$((MORE * least))
	random=
	[ $limit = 0 ] || random=$(hunt "$fault-random" "$exec" "$key" "$limit" --seed "${seeds[0]}" --pin --random)
	# shellcheck disable=SC2016 # the marks are Markdown's
	printf '| %s | `%s` | %s | %s |\n' "$fault" "$found" "$(IFS=,; echo "${took[*]}")" "${random:-none within $limit}"
done
[ $failures = 0 ] || { echo "$failures faults were not found"; exit 1; }
