/*
 * flush-overlay DIRECTORY | --of PID
 *
 * Docker's overlay and the container's lie on the same upper layer but share no cache. A remount drops what one of them
 * remembers of the other's files: that of DIRECTORY, or the root of the process PID. The old mount(2) is needed, since
 * overlayfs refuses the new API's reconfiguration; it sets all flags anew, so the present ones are passed again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int give_up(const char *what)
{
	fprintf(stderr, "flush-overlay: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	const char *directory = "/";
	if (argc == 3 && strcmp(argv[1], "--of") == 0) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%.20s/ns/mnt", argv[2]);
		int mounts = open(path, O_RDONLY | O_CLOEXEC);
		if (mounts < 0 || setns(mounts, CLONE_NEWNS) < 0)
			return give_up(path);
	} else if (argc == 2) {
		directory = argv[1];
	} else {
		errno = EINVAL;
		return give_up("usage: flush-overlay DIRECTORY | --of PID");
	}

	static const struct { unsigned long status, flag; } flags[] = {
		{ ST_RDONLY, MS_RDONLY }, { ST_NODEV, MS_NODEV },	{ ST_NOSUID, MS_NOSUID },
		{ ST_NOEXEC, MS_NOEXEC }, { ST_NOATIME, MS_NOATIME },	{ ST_RELATIME, MS_RELATIME },
	};
	struct statvfs status;
	struct statfs kind;
	if (statvfs(directory, &status) < 0 || statfs(directory, &kind) < 0)
		return give_up(directory);
	/* The process may have ended and its number be another's: nothing but an overlay is touched. */
	if (kind.f_type != OVERLAYFS_SUPER_MAGIC) {
		errno = EINVAL;
		return give_up("not an overlay");
	}
	unsigned long remount = MS_REMOUNT;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (status.f_flag & flags[i].status)
			remount |= flags[i].flag;
	return mount(NULL, directory, NULL, remount, NULL) < 0 ? give_up(directory) : 0;
}
