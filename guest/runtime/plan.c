/* The steps of a plan, each a thin layer over the system calls that no existing tool makes for us. */
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fields.h"
#include "namespaces.h"

#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#define SECBIT_NO_SETUID_FIXUP (1 << 2)

static int mapping = -1; /* user namespace whose mapping `attach` applies */
static unsigned long mapped_root;

static int open_resolved(const char *root, const char *path, int flags, uint64_t resolve)
{
	int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		fail("cannot open %s: %s", root, strerror(errno));
	struct open_how how = { .flags = (uint64_t)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | resolve };
	while (*path == '/')
		path++;
	int fd = (int)syscall(SYS_openat2, directory, *path ? path : ".", &how, sizeof how);
	int error = errno;
	close(directory);
	errno = error;
	return fd;
}

static int open_inside(const char *root, const char *path, int flags)
{
	return open_resolved(root, path, flags, RESOLVE_NO_MAGICLINKS);
}

static void unshare_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		fail("cannot make a private mount namespace: %s", strerror(errno));
}

/* A user namespace lives as long as a descriptor of it. */
static void make_mapping(char **fields)
{
	unsigned long size = strtoul(fields[2], NULL, 10);
	mapped_root = strtoul(fields[1], NULL, 10);
	struct namespace_places places = { fields[3], fields[4] };
	mapping = make_namespaces(mapped_root, size, strcmp(places.user, "-") == 0 ? NULL : &places);
}

/* Makes every missing directory of `path` and at its end a directory or an empty file, never leaving `root`. */
static void make_stub(const char *root, const char *path, int is_file)
{
	int existing = open_inside(root, path, O_PATH);
	if (existing >= 0) {
		close(existing);
		return;
	}
	char *copy = strdup(path);
	for (char *end = copy + 1; copy; end++) {
		if (*end != '/' && *end != '\0')
			continue;
		char separator = *end;
		*end = '\0';
		int found = open_inside(root, copy, O_PATH);
		if (found >= 0) {
			close(found);
		} else {
			char *name = strrchr(copy, '/');
			*name = '\0';
			int parent = open_inside(root, *copy ? copy : "/", O_PATH | O_DIRECTORY);
			*name = '/';
			int failed = parent < 0;
			if (!failed && is_file && separator == '\0') {
				int file = openat(parent, name + 1, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
				failed = file < 0 || fchmod(file, 0644) < 0;
				close(file);
			} else if (!failed) {
				failed = mkdirat(parent, name + 1, 0755) < 0;
			}
			if (failed)
				fail("cannot make the mountpoint %s in the container: %s", path, strerror(errno));
			close(parent);
		}
		*end = separator;
		if (separator == '\0')
			break;
	}
	free(copy);
}

static int has_flag(const char *flags, const char *flag)
{
	size_t length = strlen(flag);
	for (const char *at = flags; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, flag, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return 1;
	return 0;
}

/*
 * What lies in a layer may be changed by a build step that runs at the same time. The agent has resolved every link of
 * such a path already, so one that is met here was put there since.
 */
static int clone_mount(const char *source, const char *within)
{
	int tree;
	if (strcmp(within, "-") == 0) {
		tree = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	} else {
		int place = open_resolved(within, source, O_PATH, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
		if (place < 0 && (errno == ELOOP || errno == EXDEV))
			fail("can't mount %s because it was replaced while the container started", source);
		if (place < 0)
			fail("cannot open %s: %s", source, strerror(errno));
		tree = (int)syscall(SYS_open_tree, place, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		close(place);
	}
	if (tree < 0)
		fail("cannot clone the mount %s: %s", source, strerror(errno));
	return tree;
}

/* The identity is checked on the clone, so nothing can be swapped between the check and the mount. */
static void attach(char **fields)
{
	const char *source = fields[1], *within = fields[2], *identity = fields[3];
	const char *root = fields[4], *path = fields[5], *flags = fields[6];
	int tree = clone_mount(source, within);
	if (strcmp(identity, "-") != 0) {
		struct stat status;
		char found[64];
		if (fstat(tree, &status) < 0)
			fail("cannot examine %s: %s", source, strerror(errno));
		snprintf(found, sizeof found, "%llu:%llu", (unsigned long long)status.st_dev, (unsigned long long)status.st_ino);
		if (strcmp(found, identity) != 0)
			fail("can't mount %s because it was replaced while the container started", source);
	}
	/* In Docker's data the VM follows no links; a container follows its own. */
	struct mount_attr attributes = { .attr_clr = MOUNT_ATTR_NOSYMFOLLOW };
	if (has_flag(flags, "ro"))
		attributes.attr_set |= MOUNT_ATTR_RDONLY;
	if (has_flag(flags, "nodev"))
		attributes.attr_set |= MOUNT_ATTR_NODEV;
	if (has_flag(flags, "nosuid"))
		attributes.attr_set |= MOUNT_ATTR_NOSUID;
	if (has_flag(flags, "noexec"))
		attributes.attr_set |= MOUNT_ATTR_NOEXEC;
	if (has_flag(flags, "idmap")) {
		attributes.attr_set |= MOUNT_ATTR_IDMAP;
		attributes.userns_fd = (uint64_t)mapping;
	}
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
		fail("cannot set the attributes of the mount %s: %s", source, strerror(errno));
	int target = open_inside(root, path, O_PATH);
	if (target < 0)
		fail("cannot open the mountpoint %s in the container: %s", path, strerror(errno));
	if (syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		fail("cannot mount %s at %s: %s", source, path, strerror(errno));
	close(target);
	close(tree);
}

static void set_option(int context, const char *key, const char *value)
{
	if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0) < 0)
		fail("overlay option %s=%s was refused: %s", key, value, strerror(errno));
}

/*
 * An overlay writes with the credentials of the process that mounted it. Those must be ids that the id-mapped layers can
 * store, or the kernel mounts it read-only without an error; hence the mapped root's fsuid, with the capabilities kept.
 */
static void mount_overlay(char **fields, int count)
{
	const char *target = fields[1], *upper = fields[2], *work = fields[3];
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0)
		fail("cannot keep capabilities: %s", strerror(errno));
	setfsgid((gid_t)mapped_root);
	setfsuid((uid_t)mapped_root);
	int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	if (context < 0)
		fail("cannot open the overlay file system: %s", strerror(errno));
	set_option(context, "source", "overlay");
	for (int i = 4; i < count; i++)
		set_option(context, "lowerdir+", fields[i]);
	int writable = strcmp(upper, "-") != 0;
	if (writable) {
		set_option(context, "upperdir", upper);
		set_option(context, "workdir", work);
		/* Docker's own overlay lies on the same upper layer; with an index the kernel would refuse the second. */
		set_option(context, "index", "off");
	}
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		fail("cannot make the container's file system: %s", strerror(errno));
	int tree = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
	if (tree < 0 || syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		fail("cannot mount the container's file system: %s", strerror(errno));
	struct statvfs status;
	if (fstatvfs(tree, &status) < 0 || (writable && (status.f_flag & ST_RDONLY)))
		fail("the container's file system came out read-only");
	close(tree);
	close(context);
	setfsuid(0);
	setfsgid(0);
	prctl(PR_SET_SECUREBITS, 0, 0, 0, 0);
}

/*
 * A private /dev/null goes behind every standard stream that is the VM's: the runtime changes the owner of its standard
 * streams to the container's root, and the inode would be that of the whole VM.
 */
static void make_private_dev(const char *directory)
{
	static const struct { const char *name; unsigned minor, major; } nodes[] = {
		{ "null", 3, 1 }, { "zero", 5, 1 }, { "full", 7, 1 }, { "random", 8, 1 }, { "urandom", 9, 1 }, { "tty", 0, 5 },
		/* Of these a runtime that cannot make nodes binds what the specification lists (guest/agent/isolation/devices.ts). */
		{ "fuse", 229, 10 }, { "kmsg", 3, 1 }, { "net/tun", 200, 10 },
	};
	/* Whatever asks for standard streams below looks at the VM's /dev/null first. */
	struct stat null_device;
	if (stat("/dev/null", &null_device) < 0)
		fail("cannot examine /dev/null: %s", strerror(errno));
	if (mount("dev", directory, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k") < 0)
		fail("cannot make a private /dev: %s", strerror(errno));
	int dev = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(dev, "net", 0755) < 0)
		fail("cannot make /dev/net: %s", strerror(errno));
	mode_t mask = umask(0);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (mknodat(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) < 0)
			fail("cannot make /dev/%s: %s", nodes[i].name, strerror(errno));
	umask(mask);
	if (symlinkat("/proc/self/fd", dev, "fd") < 0)
		fail("cannot make /dev/fd: %s", strerror(errno));
	for (int stream = 0; stream <= 2; stream++) {
		struct stat status;
		if (fstat(stream, &status) == 0 && !(S_ISCHR(status.st_mode) && status.st_rdev == null_device.st_rdev))
			continue;
		int replacement = openat(dev, "null", O_RDWR);
		if (replacement < 0 || (replacement != stream && dup2(replacement, stream) < 0))
			fail("cannot open a private /dev/null: %s", strerror(errno));
		if (replacement != stream)
			close(replacement);
	}
	close(dev);
}

static void execute_step(char **fields, int count)
{
	const char *op = fields[0];
	if (strcmp(op, "deny") == 0 && count == 2)
		fail("%s", fields[1]);
	else if (strcmp(op, "unshare") == 0 && count == 1)
		unshare_mounts();
	else if (strcmp(op, "userns") == 0 && count == 5)
		make_mapping(fields);
	else if (strcmp(op, "join") == 0 && count == 6)
		join_namespace(fields[1], fields[2], fields[3], strtoul(fields[4], NULL, 10), strtoul(fields[5], NULL, 10));
	else if (strcmp(op, "stub") == 0 && count == 4)
		make_stub(fields[1], fields[2], strcmp(fields[3], "file") == 0);
	else if (strcmp(op, "attach") == 0 && count == 7)
		attach(fields);
	else if (strcmp(op, "overlay") == 0 && count >= 5)
		mount_overlay(fields, count);
	else if (strcmp(op, "dev") == 0 && count == 1)
		make_private_dev("/dev");
	else if (strcmp(op, "exec") == 0 && count >= 2) {
		char *environment[] = { "PATH=/usr/sbin:/usr/bin", NULL };
		fields[count] = NULL;
		execve(fields[1], fields + 1, environment);
		fail("cannot start %s: %s", fields[1], strerror(errno));
	} else
		fail("the agent of the VM asked for an unknown step (%s)", op);
}

void execute_plan(char *answer)
{
	for (char *line = answer; *line;) {
		char *end = strchr(line, '\n');
		*end = '\0';
		int count;
		char **fields = split_fields(line, &count);
		if (strcmp(fields[0], "end") == 0)
			break;
		execute_step(fields, count);
		free(fields);
		line = end + 1;
	}
	fail("the agent of the VM gave a plan that starts nothing");
}
