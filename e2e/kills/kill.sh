# Kills processes of the VM at random moments of their lives, and says of each what it was.
# $1: the id of the container this runs in, which is spared. $2: how many to kill. $3: the most seconds it may take.
own=$1 left=$2
now() { read -r seconds </proc/uptime && seconds=${seconds%%.*}; }
now
end=$((seconds + $3))

# What the process is: `shim`, or `front` or `crun` and what it was called for, which is the word after the global options,
# whose last is --log-format json. No program is started for it, since some of these live no longer than one takes to
# start. Command lines come without the NULs between their arguments.
look() {
  comm='' line='' what=''
  { read -r comm <"/proc/$1/comm" && read -r line <"/proc/$1/cmdline"; } 2>/dev/null
  case $comm/$line in
    *"$own"*) return ;;
    containerd-shim*/?*) what=shim && return ;;
    sysbox-runc/?*) what=front ;;
    crun*/?*) what=crun ;;
    *) return ;;
  esac
  for verb in create start exec kill delete; do
    case $line in *"json$verb"*) what="$what $verb" && return ;; esac
  done
}

# Once found, one is killed at the first look, or at any later one as long as it lives.
hunt() {
  odds=$((RANDOM % 8 + 1))
  now
  give_up=$((seconds + 5))
  while now && [ "$seconds" -lt "$end" ] && [ "$seconds" -lt "$give_up" ]; do
    for process in /proc/[0-9]*; do
      look "${process#/proc/}"
      [ "$what" = "$1" ] && [ $((RANDOM % odds)) = 0 ] || continue
      kill -9 "${process#/proc/}" 2>/dev/null || continue
      echo "killed $what"
      left=$((left - 1))
      return
    done
    busybox usleep 1000
  done
}

while now && [ "$left" -gt 0 ] && [ "$seconds" -lt "$end" ]; do
  for wanted in 'front create' 'crun create' shim 'crun start' 'front exec' 'crun exec' shim 'crun kill' 'crun delete'; do
    [ "$left" -gt 0 ] && hunt "$wanted"
  done
done
