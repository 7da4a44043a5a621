#!/usr/bin/env bash
# words.bash PROGRAM TOP: completion and manual page know every command, option and test; the README's commands are ones that exist.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
# shellcheck source=harness/cli/iscsi-assay.bash
. "$top/harness/cli/iscsi-assay.bash"

# complete WORD…: what the completion offers for the last word.
complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_iscsi_assay
	printf '%s\n' "${COMPREPLY[@]}"
}

# has WORD WHAT: is the word a line of stdin?
has() { grep -qxF -- "$1" || wrong "$2 lacks '$1'"; }

commands=$("$program" help --words)
[ "$(wc -w <<<"$commands")" -ge 8 ] || wrong "help --words has too few commands: $commands"
offered=$(complete_words iscsi-assay '')
manual=$(sed 's/\\-/-/g' "$top/docs/iscsi-assay.1")
for command in $commands; do
	has "$command" "the completion" <<<"$offered"
	grep -qE "^\.Cm $command\$" <<<"$manual" || wrong "the manual page lacks the command $command"
	[ "$command" != help ] || continue
	options=$("$program" help --words "$command")
	offered_options=$(complete_words iscsi-assay "$command" --)
	for option in $options; do
		has "$option" "the completion of $command" <<<"$offered_options"
		option=${option%=}
		grep -qE "^\.It .*Fl -${option#--}( |\$)" <<<"$manual" || wrong "the manual page lacks $option"
		"$program" help "$command" | grep -qE -- " $option( |\[|\$)" || [ "$option" = --help ] || wrong "help $command lacks $option"
	done
done
# what the manual page has and the program has not
while read -r option; do
	for command in $commands; do
		[ "$command" = help ] || "$program" help --words "$command"
	done | grep -qxE -- "--$option=?" || wrong "the manual page has --$option, which no command takes"
done < <(sed -nE 's/^\.It .*Fl -([a-z-]+).*/\1/p' <<<"$manual")
first=$("$program" list --ids | head -n 1)
complete_words iscsi-assay run "${first%??}" | has "$first" "the completion of run"
complete_words iscsi-assay explain "${first%??}" | has "$first" "the completion of explain"
complete_words iscsi-assay target --defect statsn | has statsn-stuck "the completion of --defect"
complete_words iscsi-assay target --fault wedge | has wedge-after-tmf "the completion of --fault"
complete_words iscsi-assay baseline in | has init "the completion of baseline"

# Each line of the documents' code blocks that calls the program: its command and its options are there.
while read -r file line; do
	read -ra said <<<"$(sed "s/'[^']*'//g; s/[#|>].*//" <<<"$line")"
	command=${said[1]-}
	grep -qxF -- "$command" <<<"$commands" || { [ "$command" = --version ] || wrong "$file: no such command: $line"; continue; }
	options=$("$program" help --words "$command" | sed 's/=$//')
	for word in "${said[@]:2}"; do
		case $word in
		--*) grep -qxF -- "${word%%=*}" <<<"$options" || wrong "$file: no such option $word: $line" ;;
		esac
	done
done < <(cd "$top" && awk '/^```/ { code = !code; next } code && /^(\$ )?iscsi-assay / { sub(/^\$ /, ""); print FILENAME, $0 }' README.md CONTRIBUTING.md docs/*.md)
finish
