# Sourced by the findings on Slurm: a controller with four nodes of two cores, unpacked from Debian's packages into a temporary folder and run
# in a network and a process tree of its own, so that nothing of this machine is changed or reached. The nodes are such as a cloud would
# lend: there for the planning, with no machine behind them. Afterwards `scontrol` speaks to it, and `answer` says in a line what it answers.
VERSION=22.05.8-4+deb12u3
LIBRARIES=usr/lib/x86_64-linux-gnu

if [ -z "${SLURM_FOLDER:-}" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  unshare -n true 2>"$folder/log" || { echo 'skipped: needs root, for a network of its own' >&2; exit 77; }
  (cd "$folder" && apt-get download -q=2 slurmctld=$VERSION slurm-client=$VERSION slurm-wlm-basic-plugins=$VERSION libmunge2) >"$folder/log" 2>&1 ||
    { echo 'skipped: needs apt-get with the packages of Debian 12 on amd64 (apt-get update first)' >&2; exit 77; }
  for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
  # The first process of the tree is this script once more; when it ends, so does all that it started.
  SLURM_FOLDER=$folder unshare -n --pid --fork --kill-child bash "$0" && status=0 || status=$?
  exit "$status"
fi

root=$SLURM_FOLDER/root
export TZ=UTC SLURM_CONF=$SLURM_FOLDER/slurm.conf LD_LIBRARY_PATH=$root/$LIBRARIES:$root/$LIBRARIES/slurm-wlm
mkdir "$SLURM_FOLDER/state"
cat >"$SLURM_CONF" <<CONF
ClusterName=finding
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=root
AuthType=auth/none
CredType=cred/none
PluginDir=$root/$LIBRARIES/slurm-wlm
StateSaveLocation=$SLURM_FOLDER/state
SlurmctldPidFile=$SLURM_FOLDER/slurmctld.pid
SlurmctldLogFile=$SLURM_FOLDER/slurmctld.log
SelectType=select/cons_tres
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SuspendProgram=/bin/true
ResumeProgram=/bin/true
SuspendTime=-1
NodeName=n[1-4] CPUs=2 State=CLOUD
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
# It listens only where there is an address beside 127.0.0.1.
ip link set lo up
ip address add 192.0.2.1/32 dev lo
"$root/usr/sbin/slurmctld-wlm" -D >"$SLURM_FOLDER/out" 2>&1 &

scontrol() { timeout 20 "$root/usr/bin/scontrol" "$@"; }

until scontrol ping 2>&1 | grep -q 'is UP'; do
  if [ "$SECONDS" -gt 60 ] || ! kill -0 $! 2>/dev/null; then
    cat "$SLURM_FOLDER/out" >&2
    echo 'skipped: the controller does not start on this machine' >&2
    exit 77
  fi
done

# answer NAME key=value...: asks for a reservation; prints "granted", with the fields FIELDS as they were granted, or the reason.
answer() {
  local name=$1 said
  shift
  if said=$(scontrol create reservation reservation="$name" users=root "$@" 2>&1); then
    printf 'granted'
    for field in ${FIELDS:-}; do
      printf ' %s' "$(scontrol -o show reservation "$name" | grep -o "\b$field=[^ ]*")"
    done
    printf '\n'
  else
    printf '%s\n' "$said" | sed -n 's/^Error creating the reservation: //p'
  fi
}
