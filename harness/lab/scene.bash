# shellcheck shell=bash
# scene.bash - what the lab's scripts share: a folder of their own, processes that end with the script however it ends, steps that are told one by one.
# The folder, $dir, is where the script then is. It is removed when the script and all that it started are gone, also after kill -9: all of them hold a pipe
# open whose other end the remover reads.

scene=${0##*/}

say() { printf '%s: %s\n' "$scene" "$*"; }
die() { say "FAILED: $*" >&2; exit 1; }
skip() { say "skipped: $*"; exit 77; }

# scene_begin PROGRAM…: those must be on this machine.
scene_begin() {
	local needed
	for needed in setpriv "$@"; do
		command -v "$needed" >/dev/null || skip "$needed is not on this machine"
	done
	dir=$(mktemp -d)
	exec {scene_held}> >(trap '' INT TERM HUP && cat >/dev/null && rm -rf "${dir:?}")
	scene_remover=$!
	scene_pids=()
	trap scene_end EXIT
	trap 'exit 130' INT TERM HUP
	cd "$dir" || exit 1
}

scene_end() {
	local status=$? pid
	trap - EXIT
	trap '' INT TERM HUP
	for pid in "${scene_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	[ ${#scene_pids[@]} = 0 ] || wait "${scene_pids[@]}" 2>/dev/null # of none, it would wait for the remover, which waits for us
	[ $status = 0 ] || [ $status = 77 ] || scene_tell >&2 2>/dev/null
	exec {scene_held}>&-
	cd /
	wait "$scene_remover" 2>/dev/null
	exit $status
}

# What the script has to show when it failed; it may say its own.
scene_tell() { tail -n 20 ./*.err; }

# start NAME WORD…: in the background, output in NAME.out and NAME.err, its id in $started. It is killed when this script ends.
start() {
	local name=$1
	shift
	setpriv --pdeathsig KILL "$@" >"$name.out" 2>"$name.err" &
	started=$!
	scene_pids+=("$started")
}

# within SECONDS WHAT COMMAND…: until the command succeeds; the script fails when that takes longer. An event of another process has no other way to be waited for.
within() {
	local seconds=$1 what=$2 until=$((SECONDS + $1))
	shift 2
	until "$@"; do
		[ $SECONDS -lt $until ] || die "$what: not within $seconds s"
		sleep 0.02
	done
}

# run_steps TABLE: an array of "FUNCTION WORDS"; each function ends the script with die when it is not as the words say.
run_steps() {
	local -n table=$1
	local row begun words
	for row in "${table[@]}"; do
		scene_step=${row%% *}
		begun=${EPOCHREALTIME/[.,]/}
		"$scene_step"
		read -r _ words <<<"$row"
		printf 'ok %5.1f s  %s\n' "$(((${EPOCHREALTIME/[.,]/} - begun) / 100000))e-1" "$words"
	done
}
