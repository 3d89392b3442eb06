# Stops a test cluster and removes it when no test process has used it for a minute,
# or as soon as the file `stop` appears in its folder.
# Arguments: the lock file that every test process holds shared, the one that the only watchdog holds,
# the cluster's folder, pg_ctl. Every test process starts one; those that are too many end at once.
use=$1 watch=$2 home=$3 pg_ctl=$4
command -v flock >/dev/null || exit 0
exec 8<"$watch" 9<"$use"
flock --nonblock --exclusive 8 || exit 0
idle=0
while sleep 2; do
  if flock --nonblock --exclusive 9; then
    idle=$((idle + 1))
    if [ "$idle" -ge 30 ] || [ -e "$home/stop" ]; then
      [ ! -f "$home/data/postmaster.pid" ] || "$pg_ctl" stop -D "$home/data" -m immediate -w -s
      rm -rf "$home"
      exit 0
    fi
    flock --unlock 9
  else
    idle=0
  fi
done
