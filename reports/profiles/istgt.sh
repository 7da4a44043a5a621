#!/usr/bin/env bash
# istgt.sh DIR PORT PORT2 KIND - what the profiles of Debian's istgt have in common: writes its configuration into DIR and gives way to it. KIND: open, chap or mutual.
# Nothing is written outside of DIR, and nothing needs root. The secrets are this test's own and protect nothing.
set -euo pipefail
PATH=$PATH:/usr/sbin
dir=$1 port=$2 port2=$3 kind=$4
base=iqn.2026-01.net.iscsi-assay

# unit NUMBER TARGET GROUP LUN…: a target for that group of initiators; more of its lines come on standard input.
unit() {
	local number=$1 target=$2 group=$3 lun
	shift 3
	printf '[LogicalUnit%s]\n  TargetName %s:istgt.%s\n  Mapping PortalGroup1 InitiatorGroup%s\n' "$number" $base "$target" "$group"
	printf '  UseDigest Auto\n  UnitType Disk\n'
	for lun; do
		truncate -s 64M "$dir/$target.$lun"
		printf '  LUN%s Storage %s/%s.%s Auto\n' "$lun" "$dir" "$target" "$lun"
	done
	cat
}

configuration() {
	local discovery
	case $kind in
	open) discovery=None ;;
	chap) discovery=$'CHAP\n  DiscoveryAuthGroup AuthGroup1' ;;
	mutual) discovery=$'CHAP\n  DiscoveryAuthGroup AuthGroup2' ;;
	esac
	cat <<-END
		[Global]
		  NodeBase $base
		  PidFile $dir/pid
		  AuthFile $dir/auth.conf
		  MediaDirectory $dir
		  LogFacility local7
		  DiscoveryAuthMethod $discovery
		[UnitControl]
		[PortalGroup1]
		  Portal DA1 127.0.0.1:$port
		  Portal DA2 127.0.0.1:$port2
		[InitiatorGroup1]
		  InitiatorName ALL
		  Netmask ALL
		[InitiatorGroup2]
		  InitiatorName $base:allowed
		  Netmask ALL
		[InitiatorGroup3]
		  InitiatorName ALL
		  Netmask 127.0.0.2
	END
	case $kind in
	open)
		unit 1 one 1 0 1 15 <<<'  AuthMethod None'
		unit 2 two 1 0 <<<'  AuthMethod None'
		unit 3 acl 2 0 <<<'  AuthMethod None'
		unit 4 address 3 0 <<<'  AuthMethod None'
		;;
	chap) unit 1 chap 1 0 1 15 <<<$'  AuthMethod CHAP\n  AuthGroup AuthGroup1' ;;
	mutual) unit 1 mutual 1 0 1 15 <<<$'  AuthMethod CHAP Mutual\n  AuthGroup AuthGroup2' ;;
	esac
}

umask 077
configuration >"$dir/istgt.conf"
cat >"$dir/auth.conf" <<-END
	[AuthGroup1]
	  Auth assay-user assay-secret-1
	[AuthGroup2]
	  Auth assay-user assay-secret-1 assay-target assay-secret-2
END
exec istgt -D -c "$dir/istgt.conf"
