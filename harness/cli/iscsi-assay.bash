# bash completion for iscsi-assay. Words come from the program itself, so nothing here has to be kept up with it.
# shellcheck shell=bash
_iscsi_assay()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}
	local words=

	COMPREPLY=()
	# "--option=" arrives as the words "--option", "=" and the value
	[ "$current" != = ] || current=
	[ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$("$program" help --words 2>/dev/null)" -- "$current")
		return
	fi
	case $previous in
	--profile | --secret-file | --mutual-secret-file | --baseline | -b | --config | --rerun-failed | --exec | --lun | --html | --junit | --tap | --markdown | --control | --tell)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--output | -o | --watch)
		mapfile -t COMPREPLY < <(compgen "$([ "$command" = check ] && echo -f || echo -d)" -- "$current")
		return
		;;
	add-lun | remove-lun | drop | announce) return ;;
	--defect) words=$("$program" target --list-defects 2>/dev/null | cut -d' ' -f1) ;;
	--fault) words=$("$program" target --fault help 2>/dev/null | cut -d' ' -f1) ;;
	--pace) words='fast original' ;;
	--data) words='written all none' ;;
	--role) words='initiator target' ;;
	--secret-env) words=$(compgen -e) ;;
	*)
		case $current in
		-*) words=$("$program" help --words "$command" 2>/dev/null) ;;
		*)
			case $command in
			run | list | probe | selftest | explain) words=$("$program" list --ids 2>/dev/null) ;;
			help) words=$("$program" help --words 2>/dev/null) ;;
			target) words=$([[ " ${COMP_WORDS[*]} " != *" --tell"* ]] || echo add-lun remove-lun drop announce) ;;
			baseline) words=$([ "$COMP_CWORD" -ne 2 ] || echo init update check) ;;
			esac
			;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	case $command in
	baseline | diff | report | matrix | check | record | replay) [ ${#COMPREPLY[@]} -ne 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	esac
	case ${COMPREPLY[0]-} in
	*=) compopt -o nospace 2>/dev/null ;;
	esac
}
complete -F _iscsi_assay iscsi-assay
