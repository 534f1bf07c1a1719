# Says what there is of containers in the VM, one thing a line, when no runtime works any more or after $2 seconds.
# $1: the id of the container this runs in.
own=$1
runtimes() {
  for process in /proc/[0-9]*; do
    comm='' line=''
    { read -r comm <"$process/comm" && read -r line <"$process/cmdline"; } 2>/dev/null
    case $comm/$line in
      *"$own"* | */) ;;
      sysbox-runc/* | runc*/* | crun*/*) echo "runtime ${process#/proc/} $comm $line" ;;
      containerd-shim*/*-id*-address*) line=${line#*-id} && echo "shim ${line%%-address*}" ;;
    esac
  done
}
tries=$(($2 * 5))
while [ $tries -gt 0 ] && runtimes | grep -q ^runtime; do
  busybox usleep 200000
  tries=$((tries - 1))
done
runtimes

while read -r id parent device root point rest; do echo "mount $point"; done </proc/1/mountinfo
for directory in /proc/1/root/run/bulkhead-c/*; do [ -e "$directory" ] && echo "directory ${directory##*/}"; done
for state in /proc/1/root/run/docker/runtime-*/moby/* /proc/1/root/run/runc/* /proc/1/root/run/crun/*; do
  case $state in *"$own") ;; *) [ -e "$state" ] && echo "state ${state##*/}" ;; esac
done
find /sys/fs/cgroup/docker -mindepth 1 -type d ! -path "*/$own*" | while read -r group; do
  echo "cgroup ${group#/sys/fs/cgroup/docker/}"
done

# A process that has ended and was not waited for has no part in anything.
for process in /proc/[0-9]*; do
  { read -r status <"$process/stat"; } 2>/dev/null || continue
  case $status in *') Z '*) continue ;; esac
  { while read -r group; do case $group in 0::*) break ;; esac; done <"$process/cgroup" &&
    read -r inside outside size <"$process/uid_map"; } 2>/dev/null || continue
  case $group in
    *"$own"*) ;;
    0::/docker/?*) echo "process ${group#0::/docker/} $inside $outside $size" ;;
  esac
done
