// What runs on a Xen host: small POSIX shell scripts, sent as they are, with everything that differs as arguments. None of them reads an
// argument as anything but text. They need xl, coreutils, util-linux (flock) and, for addresses, iproute2.

/** Where the tools of an administrator are, also for who is not root. The words of this are the same everywhere. */
const PREAMBLE = 'LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export LC_ALL PATH; umask 077\n';

/**
 * The session of a daemon: lasts as long as its connection, and keeps other daemons out of our directory as long. The lock goes with the
 * process that has it, so nothing is left of a daemon that was killed. Arguments: directory, daemon, label, seconds to wait for the lock.
 */
export const HOLD = `${PREAMBLE}
mkdir -p "$1/jobs" "$1/vms" || { echo "openpex-refused the directory $1 cannot be made"; exit; }
exec 9>>"$1/daemon.lock" || { echo "openpex-refused the file $1/daemon.lock cannot be written"; exit; }
if ! flock -w 0 9; then
  read -r daemon pid label <"$1/daemon"
  # A connection of ours that was lost, and whose end has not come through yet. One of a daemon that was killed ends by itself.
  if [ "$daemon" = "$2" ]; then kill "$pid" 2>/dev/null; fi
  if ! flock -w "$4" 9; then echo "openpex-refused another daemon uses $1 on this host: $label"; exit; fi
fi
printf '%s %s %s\\n' "$2" "$$" "$3" >"$1/daemon"
echo openpex-ready
exec cat >/dev/null
`;

/** Whose the store is, or from now on. Arguments: homes, owner, shared or own, known or new. */
export const CLAIM = `${PREAMBLE}
# What goes wrong is told.
exec 2>&1
if [ "$3" = own ]; then mkdir -p "$1"; fi
parent=\${1%/*}
[ -d "$parent" ] || { echo "openpex-store missing"; exit; }
mkdir -p "$1"
mark=$1/owner
if [ -f "$mark" ]; then
  read -r owner <"$mark"
  if [ "$owner" = "$2" ]; then echo "openpex-store ours"; exit; fi
  for home in "$1"/*/; do
    if [ -d "$home" ]; then echo "openpex-store of $owner"; exit; fi
  done
elif [ "$4" = known ]; then
  echo "openpex-store missing"; exit
fi
printf '%s\\n' "$2" >"$mark.$$" && mv "$mark.$$" "$mark" && echo "openpex-store ours"
`;

/**
 * Everything there is to see, in one answer that says where it ends. Arguments: directory, homes, xl with or without sudo, lease file or
 * nothing, yes when addresses are wanted.
 */
export const LOOK = `${PREAMBLE}
echo 'openpex-look 1'
read -r up rest </proc/uptime; echo "uptime $up"
list=$(timeout -k 5 45 $3 list -v 2>&1); code=$?
printf 'list %s\\n%s\\nend of list\\n' "$code" "$list"
if [ -f "$2/owner" ]; then read -r owner <"$2/owner"; echo "store $owner"; fi
cd "$2" && for home in *; do
  [ -f "$home/vm.json" ] || continue
  at=-; if [ -f "$home/at" ]; then read -r at <"$home/at"; fi
  image=-; if [ -f "$home/image.save" ]; then image=image; fi
  building=-; if [ -f "$home/building" ]; then building=building; fi
  stopping=-; if [ -f "$home/stopping" ]; then stopping=stopping; fi
  ran=-; if [ -f "$home/ran" ]; then ran=ran; fi
  read -r vm <"$home/vm.json"
  printf 'home %s|%s|%s|%s|%s|%s|%s\\n' "$home" "$image" "$building" "$stopping" "$ran" "$at" "$vm"
done
for part in .*.part; do
  if [ -d "$part" ]; then echo "part $part"; fi
done
cd "$1/jobs" && for job in *; do
  # By its name flock would make a file anew that has just gone with its job.
  if [ -f "$job" ]; then { flock -n 8 || echo "job $job"; } 8<"$job"; fi
done
if [ "$5" = yes ]; then
  ip -4 neigh show 2>/dev/null | sed 's/^/neighbour /'
  if [ -n "$4" ]; then sed 's/^/lease /' "$4" 2>/dev/null; fi
  xenstore-ls -f /local/domain 2>/dev/null | grep -E '^/local/domain/[0-9]+/(attr/(vif|eth).*ip|device/vif/0/mac)' | sed 's/^/xenstore /'
fi
echo 'openpex-end'
`;

/**
 * Runs a job to its end, whatever becomes of the connection, and no two of one VM at a time. Arguments: directory, VM, seconds to wait for
 * another one, the job, its arguments.
 */
export const JOB = `${PREAMBLE}
lock=$1/jobs/$2; wait=$3; job=$4
mkdir -p "$1/jobs"
shift 4
output=$(flock -o -w "$wait" -E 75 "$lock" sh -c "$job
" openpex "$lock" "$@" 2>&1)
code=$?
printf '%s\\nopenpex-code %s\\n' "$output" "$code"
`;

/** Every job begins like this; its own arguments begin at $2. */
const BEGIN = 'lock=$1; shift; trap \'rm -f "$lock"\' EXIT\n';

/** The domain of a VM, wanted once: its number in $domain. */
const FIND_DOMAIN = `
find_domain() {
  domain=$($xl list -v | awk -v uuid="$1" '{ for (i = 6; i <= NF; i++) if ($i == uuid) { n++; id = $2 } } END { if (n == 1) print id }')
  [ -n "$domain" ] || { echo "there is not exactly one domain $1"; exit 92; }
}
`;

const ROOM = `
room() { # folder, KiB that are needed
  free=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')
  if [ "$free" -lt "$2" ]; then echo "no room: $1 has $((free / 1024)) MiB free, $(($2 / 1024)) MiB are needed"; exit 91; fi
}
`;

/**
 * A VM from its template: a folder that gets its name when it is complete. The seed is standard input. Arguments: homes, VM, its record, its
 * configuration, image or nothing, GiB of the disk, seconds, volume group or nothing, lvm with or without sudo, yes when there is a seed.
 */
export const MAKE = `${BEGIN}${ROOM}
homes=$1; vm=$2; record=$3; config=$4; image=$5; gib=$6; limit=$7; group=$8; sudo=$9; shift 9; seed=$1
home=$homes/$vm; part=$homes/.$vm.part
if [ -f "$home/vm.json" ]; then cat >/dev/null; exit 0; fi
rm -rf "$part" && mkdir "$part" || exit 91
undo() { rm -rf "$part"; if [ -n "$group" ]; then $sudo lvremove -q -y "$group/openpex-$vm" >/dev/null 2>&1; fi; }
if [ -n "$image" ]; then
  if [ -n "$group" ]; then
    $sudo lvs "$group/$image" >/dev/null || { undo; exit 90; }
    $sudo lvremove -q -y "$group/openpex-$vm" >/dev/null 2>&1
    $sudo lvcreate -q -y --snapshot --setactivationskip n --name "openpex-$vm" "$group/$image" || { undo; exit 93; }
    # A size that it has already is no failure worth telling.
    $sudo lvextend -q -L "\${gib}G" "$group/openpex-$vm" >/dev/null 2>&1
    $sudo lvchange -q -ay "$group/openpex-$vm" || { undo; exit 93; }
  else
    [ -r "$image" ] || { undo; echo "there is no image $image"; exit 90; }
    ( room "$homes" "$(du -k "$image" | cut -f1)" ) || { code=$?; undo; exit "$code"; }
    timeout -k 5 "$limit" cp --reflink=auto --sparse=always "$image" "$part/disk.img" || { code=$?; undo; exit "$code"; }
    size=$(stat -c %s "$part/disk.img")
    if [ "$size" -lt $((gib * 1073741824)) ]; then truncate -s "\${gib}G" "$part/disk.img" || { undo; exit 91; }; fi
  fi
fi
if [ "$seed" = yes ]; then cat >"$part/seed.iso" || { undo; exit 91; }; fi
printf '%s' "$config" >"$part/vm.cfg" && printf '%s\\n' "$record" >"$part/vm.json" && mv "$part" "$home" || { undo; exit 91; }
`;

/** From nothing to a domain that runs. Arguments: home, node, seconds, xl with or without sudo. */
export const START = `${BEGIN}
home=$1; node=$2; limit=$3; xl=$4
cd "$home" || exit 90
# What is half-built when this ends in the middle is known by this file.
: >building && : >ran && rm -f stopping && printf '%s\\n' "$node" >at || exit 91
timeout -k 10 "$limit" $xl create -q vm.cfg && rm -f building
`;

/** From a suspended image to a domain that runs. While the image is there, the guest has not run since. Arguments: as of START, VM. */
export const RESTORE = `${BEGIN}${FIND_DOMAIN}
home=$1; node=$2; limit=$3; xl=$4; vm=$5
cd "$home" || exit 90
[ -f image.save ] || { echo 'there is no suspended image'; exit 90; }
rm -f stopping && printf '%s\\n' "$node" >at || exit 91
timeout -k 10 "$limit" $xl restore -p image.save || exit
find_domain "$vm"
rm -f image.save && sync -f . && $xl unpause "$domain"
`;

/** Arguments: home, VM, KiB of its memory, seconds, xl with or without sudo. */
export const SAVE = `${BEGIN}${FIND_DOMAIN}${ROOM}
home=$1; vm=$2; kib=$3; limit=$4; xl=$5
cd "$home" || exit 90
rm -f image.part image.save
room . "$kib"
find_domain "$vm"
timeout -k 10 "$limit" $xl save "$domain" image.part || { code=$?; rm -f image.part; exit "$code"; }
sync -f . ; mv image.part image.save && rm -f at
`;

/** Arguments: home, VM, node, other node, address of that, seconds, xl with or without sudo. */
export const MOVE = `${BEGIN}${FIND_DOMAIN}
home=$1; vm=$2; node=$3; other=$4; address=$5; limit=$6; xl=$7
cd "$home" || exit 90
find_domain "$vm"
# It may be on either until this is over.
printf '%s,%s\\n' "$node" "$other" >at || exit 91
timeout -k 10 "$limit" $xl migrate "$domain" "$address"
code=$?
if [ "$code" = 0 ]; then printf '%s\\n' "$other" >at; fi
exit "$code"
`;

/** Asks a guest, or does something to its domain. Arguments: home, VM, seconds, mark or nothing, words of xl before and after the number. */
export const TELL = `${BEGIN}${FIND_DOMAIN}
home=$1; vm=$2; limit=$3; xl=$4; mark=$5; verb=$6; option=$7
find_domain "$vm"
if [ -n "$mark" ]; then : >"$home/$mark" || exit 91; fi
timeout -k 5 "$limit" $xl $verb $option "$domain"
`;

/** A domain that is to be no more, by its number: half-built ones have no name that would be known. Arguments: seconds, xl, number, uuid. */
export const KILL = `${BEGIN}
limit=$1; xl=$2; domain=$3; vm=$4
# Numbers are given once in each life of a host, so this one is still the same.
$xl list -v | awk -v id="$domain" -v uuid="$vm" '{ for (i = 6; i <= NF; i++) if ($i == uuid && $2 == id) found = 1 } END { exit !found }' || exit 0
timeout -k 5 "$limit" $xl destroy "$domain"
`;

/** It does not run any more: what is left of its last life goes. Arguments: home, what goes. */
export const SETTLE = `${BEGIN}
cd "$1" || exit 0
shift
rm -f "$@"
`;

/** Nothing is left of a VM that does not run. Arguments: homes, VM, volume group or nothing, lvm with or without sudo. */
export const REMOVE = `${BEGIN}
homes=$1; vm=$2; group=$3; sudo=$4
if [ -n "$group" ] && $sudo lvs "$group/openpex-$vm" >/dev/null 2>&1; then
  $sudo lvremove -q -y "$group/openpex-$vm" || exit
fi
# Without its record it is no VM of ours any more, so that goes last.
if [ -d "$homes/$vm" ]; then mv "$homes/$vm" "$homes/.$vm.part" 2>/dev/null || { rm -rf "$homes/.$vm.part"; mv "$homes/$vm" "$homes/.$vm.part"; }; fi
rm -rf "$homes/.$vm.part"
`;

/** What a doctor looks at. Arguments: directory, parent of the store, xl, bridge, volume group, lvm with or without sudo, seconds for others, addresses of other hosts, `--`, files. */
export const EXAMINE = `${PREAMBLE}
directory=$1; store=$2; xl=$3; bridge=$4; group=$5; sudo=$6
shift 6
echo 'openpex-examination'
echo "clock $(date +%s%3N)"
echo "user $(id -un)"
for tool in xl flock timeout awk df cp stat; do command -v "$tool" >/dev/null || echo "missing $tool"; done
if info=$(timeout -k 5 45 $xl info 2>&1); then printf '%s\\n' "$info" | sed 's/^/info /'; else printf 'no-xl %s\\n' "$(printf '%s' "$info" | tail -n 1)"; fi
timeout -k 5 45 $xl list -v 2>/dev/null | sed 's/^/domain /'
if [ -n "$bridge" ] && ! [ -d "/sys/class/net/$bridge" ]; then echo 'no-bridge'; fi
if [ -n "$group" ] && ! failure=$($sudo vgs "$group" 2>&1); then printf 'no-group %s\\n' "$(printf '%s' "$failure" | tail -n 1)"; fi
for folder in "$directory" "$store"; do
  parent=$folder; while ! [ -d "$parent" ]; do parent=\${parent%/*}; [ -n "$parent" ] || parent=/; done
  if [ -w "$parent" ]; then may=yes; else may=no; fi
  echo "folder $folder|$parent|$may|$(df -Pk "$parent" | awk 'NR == 2 { print $4 "|" $6 }')"
done
if [ -f "$directory/daemon" ] && [ -f "$directory/daemon.lock" ] && ! flock -n "$directory/daemon.lock" true; then read -r id pid label <"$directory/daemon"; echo "held $label"; fi
while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
  # As xl does it when it moves a guest: as root, without a word.
  if timeout 20 \${sudo:+sudo -n} ssh -o BatchMode=yes -o ConnectTimeout=8 "$1" 'xl info' >/dev/null 2>&1 </dev/null; then echo "reaches $1"; else echo "misses $1"; fi
  shift
done
shift
for file in "$@"; do
  if [ -n "$group" ] && [ "\${file#/}" = "$file" ]; then $sudo lvs "$group/$file" >/dev/null 2>&1 || echo "no-file $file"; elif ! [ -r "$file" ]; then echo "no-file $file"; fi
done
echo 'openpex-end'
`;
