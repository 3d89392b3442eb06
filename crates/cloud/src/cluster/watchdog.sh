# Stops a test cluster and removes it when no test process has used it for a minute,
# or as soon as the file `stop` appears in its folder.
# Arguments: the lock file that every test process holds shared, the cluster's folder, pg_ctl.
lock=$1 home=$2 pg_ctl=$3
command -v flock >/dev/null || exit 0
exec 9<"$lock"
idle=0
while sleep 2; do
  [ -f "$home/data/postmaster.pid" ] || exit 0
  if flock --nonblock --exclusive 9; then
    idle=$((idle + 1))
    if [ "$idle" -ge 30 ] || [ -e "$home/stop" ]; then
      "$pg_ctl" stop -D "$home/data" -m immediate -w -s
      rm -rf "$home"
      exit 0
    fi
    flock --unlock 9
  else
    idle=0
  fi
done
