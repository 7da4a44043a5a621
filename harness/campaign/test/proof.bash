#!/usr/bin/env bash
# proof.bash PROGRAM TOP [SEED…]: what the campaign is worth, as a table: for each planted fault of the built-in target (iscsi-assay target --fault help) how many cases it took to find it, what is left of the case once it
# is minimised, and what as many bytes without structure (--random) find as the campaign may take cases. One seed when none is said.
# It fails where a fault is not found within its limit; where bytes without structure find it within the same; where the least case is more than the fault needs, or something less does it, too; and where anything is found in a
# target without faults.
set -uo pipefail
program=$1
shift 2
seeds=("${@:-1}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# Fault, how its key begins (an extended regular expression), the most cases that it may take, the most PDUs and changes that it needs. What only a sanitizer sees is looked for where the program has one.
# What it needs hangs on the case that it was found by: a login of one to four rounds; or login, unit attention, a write and what makes the fault of it, and what the key says was answered and sent last. That nothing less of that case does
# it is asked of the target itself.
rows=(
	"crash-in-login crash-signal-11- 12000 4 1"
	"wedge-after-tmf wedged- 8000 8 2"
	"leak memory- 12000 4 1"
	"stale-answer rule-statsn- 1000 8 1"
)
if grep -q __asan_init "$program"; then
	rows=(
		"crash-in-login (segv|undefined-behavior)- 12000 4 1"
		"overflow-in-text (heap-buffer-overflow|undefined-behavior)- 12000 4 1"
	)
fi

wrong() { printf '%s\n' "$*" >&2; failures=$((failures + 1)); }

# finding FOLDER KEY: of the first finding of that key, how many cases had been played when it was made, and the whole key; nothing when there is none.
finding() {
	grep -E '^\{"type":"finding","key":"'"$2" "$1/fuzz.ndjson" 2>/dev/null | head -n 1 | sed -nE 's/.*"key":"([^"]*)".*"cases":([0-9]+).*/\2 \1/p'
}

# The built-in target, served by the command that follows.
target=(fuzz -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.net.iscsi-assay:disk/1' --write-lun 1 --disruptive --patience 500ms --pin --exec)

# hunt FOLDER EXEC KEY MOST OPTION…: a campaign, ended when it has found that key. Prints what finding does.
hunt() {
	local folder=$1 exec=$2 key=$3 most=$4 pid
	"$program" "${target[@]}" "$exec" --cases "$most" -q -o "$folder" "${@:5}" >"$folder.out" 2>&1 &
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

# numbers NAME CASE: what stands behind -NAME in a case, with blanks for commas.
numbers() { sed -nE 's/.*-'"$1"'([^a-z]*[0-9])(-[a-z].*)?$/\1/p' <<<"$2" | tr , ' '; }

# said BASE STEPS CHANGES VALUES PLACES: a case of these.
said() {
	local name=(s c v p) n text=$1 words
	for n in 0 1 2 3; do
		words=${*:n+2:1}
		[ -z "${words// /}" ] || text+="-${name[n]}$(xargs <<<"$words" | tr ' ' ,)"
	done
	echo "$text"
}

# does EXEC KEY CASE: whether the case shows that key.
does() {
	"$program" "${target[@]}" "$1" --repro "$3" >does.out 2>&1
	case $? in
	0) return 1 ;;
	8) grep -qE ": ([1-9]|10) of [0-9]+ times $2(:|\$)" does.out ;;
	*) wrong "$3: $(tail -n 3 does.out)" ;;
	esac
}

# lower LIST: a list of settings each, with one number of LIST one lower.
lower() {
	local words word
	read -ra words <<<"$1"
	for word in "${words[@]}"; do
		[[ ${word#*=} == 0 || ${word#*=} == -* ]] || sed -E "s/(^| )$word( |\$)/\1${word%=*}=$((${word#*=} - 1))\2/" <<<"$1"
	done
}

# least EXEC FOLDER PDUS CHANGES: minimises the finding; holds what is left against what may be, and asks whether less does it. Prints what is left.
least() {
	local exec=$1 folder=$2 key=${2##*/} base case s c v p n kept changed sent changes
	"$program" "${target[@]}" "$exec" -q --minimize "$folder" >least.out 2>&1
	[ $? = 8 ] || wrong "$key is not made smaller: $(tail -n 3 least.out)"
	case=$(sed -nE 's/^  "minimized": "(.*)",$/\1/p' "$folder/finding.json")
	base=${case%%-*} s=$(numbers s "$case") c=$(numbers c "$case") v=$(numbers v "$case") p=$(numbers p "$case")
	kept=$(sed -nE '/^steps/,/^changes/s/^ +([0-9]+)  connection .*/\1/p' "$folder/minimized/case.txt")
	changed=$(sed -nE '/^changes/,/^played/s/^ +([0-9]+)  step .*/\1/p' "$folder/minimized/case.txt")
	sent=0
	for n in $(sed -n 's/^played in the order//p' "$folder/minimized/case.txt"); do
		sent=$((sent + $(grep -cE "^ +$n  connection [0-9]: send " "$folder/minimized/case.txt")))
	done
	[ $sent -ge 1 ] && [ $sent -le "$3" ] || wrong "$case has $sent PDUs, not up to $3"
	[ "$(wc -w <<<"$changed")" -le "$4" ] || wrong "$case has more than $4 changes: $changed"
	does "$exec" "$key" "$case" || wrong "$case is the least of $key, and does not show it"
	{
		for n in $kept; do said "$base" "$s $n" "$c" "$v" "$p"; done
		for n in $changed; do said "$base" "$s" "$c $n" "$v" "$p"; done
		while read -r n; do said "$base" "$s" "$c" "$n" "$p"; done < <(grep -qE '"|bytes of the data from' least.out || lower "$v")
		while read -r n; do said "$base" "$s" "$c" "$v" "$n"; done < <(lower "$p")
	} >less
	while read -r n; do
		! does "$exec" "$key" "$n" || wrong "$case was to be the least of $key, and $n does it, too"
	done <less
	changes=$(wc -w <<<"$changed")
	echo "$sent PDU$( ((sent == 1)) || echo s), $changes change$( ((changes == 1)) || echo s)"
}

# What is found where nothing was planted would make all the others worth nothing.
control=$(hunt control 'env ASAN_OPTIONS=quarantine_size_mb=1 {self} target --listen 127.0.0.1:{port}' '' 3000 --seed "${seeds[0]}")
[ -z "$control" ] || wrong "found in a target without faults: $control: $(grep -h '"type":"finding"' control/fuzz.ndjson; cat control/findings/*/case.txt control/findings/*/pdus.txt)"

echo '| fault | found as | cases to find it, by seed | the least that does it | bytes without structure |'
echo '|---|---|---|---|---|'
for row in "${rows[@]}"; do
	read -r fault key most pdus changes <<<"$row"
	exec="env ASAN_OPTIONS=quarantine_size_mb=1 {self} target --listen 127.0.0.1:{port} --fault $fault"
	took=() left=()
	for seed in "${seeds[@]}"; do
		read -r cases found <<<"$(hunt "$fault-$seed" "$exec" "$key" "$most" --seed "$seed")"
		if [ -z "$cases" ]; then
			wrong "$fault is not found within $most cases"
			cases="none within $most"
		else
			least "$exec" "$fault-$seed/findings/$found" "$pdus" "$changes" >left
			left+=("$(cat left)")
		fi
		took+=("$cases")
	done
	random=$(hunt "$fault-random" "$exec" "$key" "$most" --seed "${seeds[0]}" --random)
	[ -z "$random" ] || wrong "$fault is found by bytes without structure, too: $random"
	# shellcheck disable=SC2016 # the marks are Markdown's
	printf '| %s | `%s` | %s | %s | %s |\n' "$fault" "$found" "$(printf '%s\n' "${took[@]}" | paste -sd, | sed 's/,/, /g')" "$(printf '%s\n' "${left[@]}" | sort -u | paste -sd';' | sed 's/;/; /g')" "${random:-none within $most}"
done
[ $failures = 0 ] || { echo "$failures wrong"; exit 1; }
