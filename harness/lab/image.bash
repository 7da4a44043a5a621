# shellcheck shell=bash
# image.bash - makes the guest's images from Debian's packages, which are downloaded and unpacked, never installed: a kernel, a base of busybox and modules, and
# an image for each role that needs more. They are kept in $lab_cache/KEY, where KEY is a hash of the packages' own hashes and of what makes the images. The same
# packages give the same bytes. Sourced by guest, which sets lab_here, the folder of this file; it must not start a guest.
# shellcheck disable=SC2154 # lab_here

lab_cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/iscsi-assay/lab
lab_images="base open-iscsi targetcli"
lab_keep=3 # images of other revisions that stay

lab_modules="virtio_pci virtio_net virtio_console crc32c_intel
	target_core_mod target_core_file target_core_iblock iscsi_target_mod loop brd
	iscsi_tcp sd_mod sg"
lab_programs_open_iscsi="sbin/iscsid sbin/iscsiadm bin/udevadm lib/udev/scsi_id sbin/mkfs.ext4 sbin/mke2fs sbin/e2fsck sbin/dumpe2fs
	usr/bin/sg_inq usr/bin/sg_luns usr/bin/sg_readcap usr/bin/sg_vpd usr/bin/sg_reset usr/bin/sg_persist"

lab_skip() { echo "guest: $*" >&2; exit 77; } # not possible on this machine
lab_die() { echo "guest: $*" >&2; exit 1; }

lab_packages() { # IMAGE: the names for it
	sed -n "s/^$1 //p" "$lab_here/packages" | tr -s ' ' '\n' | sed "/^$/d; s/^KERNEL$/$lab_kernel/"
}

# What apt-get would download: file name and hash, a line each. With lists of our own when the machine's know nothing, or too little.
lab_list() {
	command -v apt-get dpkg-deb >/dev/null || lab_skip "apt-get and dpkg-deb are needed to make the image"
	[ "$(dpkg --print-architecture)" = amd64 ] || lab_skip "the guest is made of Debian's packages for amd64; this machine is $(dpkg --print-architecture)"
	lab_apt=(-o APT::Sandbox::User=root -o Dir::Cache="$lab_cache/apt")
	lab_noted=$lab_cache/list.$(sha256sum <"$lab_here/packages" | cut -c 1-16)
	[ ! "$lab_cache/lists" -nt /var/lib/apt/lists ] || lab_apt+=(-o Dir::State::Lists="$lab_cache/lists")
	if [ "$lab_noted" -nt /var/lib/apt/lists ] && [ ! "$lab_cache/lists" -nt "$lab_noted" ]; then # apt takes its time
		{ read -r lab_kernel && lab_uri_list=$(cat); } <"$lab_noted"
		return
	fi
	lab_uris && return
	lab_own_lists
	lab_uris || lab_skip "apt does not know the packages in harness/lab/packages (made for Debian 12): $(tail -n 1 "$lab_cache/apt.log")"
}

lab_own_lists() {
	lab_apt+=(-o Dir::State::Lists="$lab_cache/lists")
	mkdir -p "$lab_cache/lists/partial"
	apt-get "${lab_apt[@]}" -qq update >"$lab_cache/apt.log" 2>&1 || true
}

lab_uris() {
	lab_kernel=$(apt-cache "${lab_apt[@]}" depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: *//p' | head -n 1)
	[ -n "$lab_kernel" ] || { echo "no package linux-image-cloud-amd64" >"$lab_cache/apt.log"; return 1; }
	mapfile -t lab_names < <(for image in $lab_images; do lab_packages "$image"; done | sort -u)
	lab_uri_list=$(apt-get "${lab_apt[@]}" download --print-uris "${lab_names[@]}" 2>"$lab_cache/apt.log" | sed -n "s/^'[^']*' \([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\)$/\2  \1/p" | sort)
	[ "$(wc -l <<<"$lab_uri_list")" -eq ${#lab_names[@]} ] || return
	printf '%s\n' "$lab_kernel" "$lab_uri_list" >"$lab_noted.$$"
	mv "$lab_noted.$$" "$lab_noted"
}

lab_fetch() { # into $lab_cache/debs, each only once, each compared with its hash
	local name missing=()
	mkdir -p "$lab_cache/debs" get
	while read -r _ name; do
		[ -e "$lab_cache/debs/$name" ] || missing+=("${name%%_*}")
	done <<<"$lab_uri_list"
	if [ ${#missing[@]} -gt 0 ]; then
		echo "guest: downloading ${#missing[@]} packages" >&2
		(cd get && apt-get "${lab_apt[@]}" -qq download "${missing[@]}") >"$lab_cache/apt.log" 2>&1 || return 1
		mv get/*.deb "$lab_cache/debs/"
	fi
	(cd "$lab_cache/debs" && sha256sum --quiet -c - <<<"$lab_uri_list" >&2) || lab_die "a downloaded package is not what apt's lists say; remove $lab_cache/debs"
}

lab_unpack() { # IMAGE: its packages into tree/IMAGE
	local package file
	mkdir -p "tree/$1" "image/$1"
	for package in $(lab_packages "$1"); do
		file=$(sed -n "s/^[0-9a-f]*  \(${package//./\\.}_.*\)$/\1/p" <<<"$lab_uri_list")
		dpkg-deb -x "$lab_cache/debs/$file" "tree/$1"
	done
}

# Programs with the libraries that they are linked with, looked for in the unpacked packages and nowhere else.
lab_put() { # IMAGE PROGRAM…, relative to its tree
	local tree=$PWD/tree/$1 image=$PWD/image/$1 paths program loader
	shift
	paths=$tree/usr/lib/x86_64-linux-gnu:$tree/lib/x86_64-linux-gnu
	loader=$tree/lib64/ld-linux-x86-64.so.2
	for program in "$@"; do
		mkdir -p "$image/${program%/*}" "$image/lib64" "$image/lib/x86_64-linux-gnu"
		[ -e "$image/$program" ] || cp -a --dereference "$tree/$program" "$image/$program"
		"$loader" --inhibit-cache --library-path "$paths" --list "$tree/$program" >libraries 2>&1 || continue # a static one, a script
		! grep 'not found' libraries >&2 || lab_die "harness/lab/packages lacks a library of $program"
		sed -n "s|.* \(${tree}[^ ]*\).*|\1|p" libraries | while read -r library; do
			case $library in
			*/ld-linux*) cp -n --dereference "$library" "$image/lib64/" ;;
			*) cp -n --dereference "$library" "$image/lib/x86_64-linux-gnu/" ;;
			esac
		done
	done
}

# The same packages give the same bytes: times, owners, order and numbers are fixed.
lab_pack() { # IMAGE
	find "image/$1" -exec touch -h -d @0 {} +
	(cd "image/$1" && find . -mindepth 1 | LC_ALL=C sort | "$lab_busybox" cpio -o -H newc -R 0:0 --ignore-devno --renumber-inodes 2>/dev/null) | gzip -6n >"out/$1.img"
}

lab_base() { # busybox, and the modules with those that they need
	local release modules module
	release=$(basename tree/base/lib/modules/*)
	modules=lib/modules/$release
	"$lab_busybox" depmod -b "$PWD/tree/base" "$release"
	mkdir -p image/base/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,tmp,run,etc,"$modules"}
	cp tree/base/bin/busybox image/base/bin/busybox
	ln -s busybox image/base/bin/sh
	for module in $lab_modules; do
		grep -qE "/${module//_/[-_]}\.ko:" "tree/base/$modules/modules.dep" || grep -qE "/${module//_/[-_]}\.ko$" "tree/base/$modules/modules.builtin" || lab_die "the kernel has no module $module"
		sed -nE "s|^([^ ]*/${module//_/[-_]}\.ko):(.*)|\1 \2|p" "tree/base/$modules/modules.dep" | tr ' ' '\n'
	done | sed '/^$/d' | sort -u | while read -r file; do
		mkdir -p "image/base/$modules/${file%/*}"
		cp "tree/base/$modules/$file" "image/base/$modules/$file"
	done
	"$lab_busybox" depmod -b "$PWD/image/base" "$release"
	cp tree/base/boot/vmlinuz-* out/vmlinuz
	echo "Linux $(sed -n "s/^.*  ${lab_kernel}_\(.*\)_amd64\.deb$/\1/p" <<<"$lab_uri_list") (${release})" >out/version
}

lab_open_iscsi() {
	local rules=lib/udev/rules.d
	# shellcheck disable=SC2086
	lab_put open-iscsi $lab_programs_open_iscsi
	mkdir -p image/open-iscsi/{etc/iscsi,$rules,lib/systemd}
	ln -s /bin/udevadm image/open-iscsi/lib/systemd/systemd-udevd
	cp tree/open-iscsi/$rules/{50-udev-default,60-block,60-persistent-storage}.rules image/open-iscsi/$rules/
	cp tree/open-iscsi/etc/iscsi/iscsid.conf image/open-iscsi/etc/iscsi/
	cp tree/open-iscsi/etc/mke2fs.conf image/open-iscsi/etc/
}

# targetcli as Debian has it, compiled: Python is slow in an emulated machine. It asks D-Bus for tcmu-runner's handlers before all else; the few lines in place of
# python3-gi tell it that there is no bus, which it takes for none of them.
lab_targetcli() {
	local python=usr/lib/python3.11 modules=usr/lib/python3/dist-packages tree=tree/targetcli image=image/targetcli module
	lab_put targetcli usr/bin/python3.11 usr/lib/x86_64-linux-gnu/libudev.so.1
	mkdir -p $image/$python $image/$modules/gi/repository $image/usr/bin
	cp -a $tree/$python/. $image/$python/
	rm -rf $image/$python/{lib-dynload,asyncio,distutils,ensurepip,idlelib,lib2to3,multiprocessing,pydoc_data,sqlite3,test,tkinter,turtledemo,unittest,xml}
	for module in _ctypes _json _queue _typing _uuid mmap readline resource termios; do
		lab_put targetcli "$(cd $tree && echo $python/lib-dynload/$module.*)"
	done
	cp -a $tree/$modules/{targetcli,rtslib_fb,configshell_fb,pyudev,pyparsing,six.py} $image/$modules/
	: >$image/$modules/gi/__init__.py
	printf 'class Gio:\n class BusType:\n  SYSTEM = 1\n\n @staticmethod\n def bus_get_sync(*_):\n  return None\n' >$image/$modules/gi/repository/__init__.py
	find $image -name __pycache__ -exec rm -rf {} +
	PYTHONHOME=$PWD/$tree/usr PYTHONHASHSEED=0 "$tree/lib64/ld-linux-x86-64.so.2" --inhibit-cache --library-path "$tree/usr/lib/x86_64-linux-gnu:$tree/lib/x86_64-linux-gnu" \
		$tree/usr/bin/python3.11 -m compileall -q -s $image --invalidation-mode unchecked-hash $image/$python $image/$modules >compiled 2>&1 || lab_die "targetcli: $(tail -n 1 compiled)"
	cp -a $tree/usr/bin/targetcli $image/usr/bin/
	ln -s python3.11 $image/usr/bin/python3
}

# What makes the images: a change of any of it makes new ones.
lab_key() {
	{ echo "$lab_uri_list"; cat "$lab_here/image.bash" "$lab_here/packages"; } | sha256sum | cut -c 1-16
}

lab_make() { # in a folder of its own, renamed at the end: an interruption leaves nothing that looks done
	local work=$lab_cache/new.$$ image
	rm -rf "$lab_cache"/new.*
	mkdir "$work"
	cd "$work" || exit
	trap '[ $? = 0 ] || echo "guest: the images are not made" >&2; rm -rf "$lab_cache/new.$$"' EXIT
	trap 'exit 130' INT TERM HUP
	if ! lab_fetch; then # the mirror has gone on since the machine's lists were made
		lab_own_lists
		lab_uris && lab_fetch || lab_skip "apt-get cannot download the packages: $(tail -n 1 "$lab_cache/apt.log")"
	fi
	mkdir out
	lab_busybox=$PWD/tree/base/bin/busybox
	for image in $lab_images; do
		lab_unpack "$image"
		"lab_${image//-/_}"
		lab_pack "$image"
	done
	echo "$lab_uri_list" >out/packages
	cp "$lab_busybox" out/busybox
	lab_image=$lab_cache/$(lab_key)
	rm -rf "${lab_image:?}"
	mv -T out "$lab_image"
	cd /
	rm -rf "$work"
	trap - EXIT INT TERM HUP
}

lab_forget() { # images of older revisions
	find "$lab_cache" -maxdepth 1 -type d -regex '.*/[0-9a-f]*' -printf '%T@ %p\n' | sort -rn | sed "1,${lab_keep}d; s/^[^ ]* //" | while read -r old; do
		rm -rf "${old:?}"
	done
}

# Sets lab_image to the folder of the images, which are made now if there are none.
lab_build() {
	umask 022
	mkdir -p "$lab_cache" || lab_die "no folder $lab_cache"
	lab_list
	lab_image=$lab_cache/$(lab_key)
	[ ! -e "$lab_image/version" ] || return 0
	exec 9>"$lab_cache/lock"
	flock 9 # one at a time; those that waited find it done
	if [ ! -e "$lab_image/version" ]; then
		echo "guest: making the images in $lab_image" >&2
		lab_make
		lab_forget
	fi
	exec 9>&-
}
