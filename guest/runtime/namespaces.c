/* The namespaces of a container that its runtime cannot make as they must be. */
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "front.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

__attribute__((format(printf, 3, 4))) static void write_file(pid_t process, const char *file, const char *format, ...)
{
	char path[64], line[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)process, file);
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, (size_t)length) != length)
		fail("cannot write %s: %s", path, strerror(errno));
	close(fd);
}

static void bind_namespace(pid_t process, const char *name, const char *place)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)process, name);
	if (mount(path, place, NULL, MS_BIND, NULL) < 0)
		fail("cannot bind %s at %s: %s", path, place, strerror(errno));
}

/*
 * The kernel charges what is used in a user namespace to whoever made it as well (user_namespaces(7), namespaces(7)): were
 * that root of the VM, one container could use up the inotify instances, message queues and namespaces of all. So it is
 * made by the id that is the container's root, which no process of the VM has but this one. The limits of this process,
 * among them that of processes, which root does not have, become those of the whole namespace (setrlimit(2)).
 *
 * Does not return. Ends when the other end of `hold` is closed, also by the death of its owner: the connection to the
 * agent, which it has too, must not outlive that.
 */
__attribute__((noreturn)) static void be_first_process(unsigned long root, int flags, int ready, int hold)
{
	int error = 0;
	if (setresgid((gid_t)root, (gid_t)root, (gid_t)root) < 0 || setresuid((uid_t)root, (uid_t)root, (uid_t)root) < 0 ||
	    unshare(flags) < 0)
		error = errno;
	if (write(ready, &error, sizeof error) != sizeof error)
		_exit(1);
	char end;
	_exit(read(hold, &end, 1) == 0 ? 0 : 1);
}

int make_namespaces(unsigned long base, unsigned long size, const struct namespace_places *places)
{
	int ready[2], hold[2];
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(hold, O_CLOEXEC) < 0)
		fail("cannot make a pipe: %s", strerror(errno));
	pid_t child = fork();
	if (child < 0)
		fail("cannot fork: %s", strerror(errno));
	if (child == 0) {
		close(hold[1]);
		be_first_process(base, CLONE_NEWUSER | (places ? CLONE_NEWTIME : 0), ready[1], hold[0]);
	}
	close(ready[1]);
	close(hold[0]);
	int error = ECHILD; /* as long as the child has not said otherwise */
	if (read(ready[0], &error, sizeof error) != sizeof error || error != 0)
		fail("cannot make the namespaces of the container: %s", strerror(error));
	close(ready[0]);

	write_file(child, "uid_map", "0 %lu %lu\n", base, size);
	write_file(child, "gid_map", "0 %lu %lu\n", base, size);
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/user", (int)child);
	int user = open(path, O_RDONLY | O_CLOEXEC);
	if (user < 0)
		fail("cannot open %s: %s", path, strerror(errno));
	if (places) {
		struct timespec now;
		if (clock_gettime(CLOCK_BOOTTIME, &now) < 0)
			fail("cannot read the time since boot: %s", strerror(errno));
		/* The monotonic clock stays the VM's: containers that share memory may compare what they read from it. */
		write_file(child, "timens_offsets", "boottime -%lld 0\n", (long long)now.tv_sec);
		bind_namespace(child, "user", places->user);
		bind_namespace(child, "time_for_children", places->time);
	}
	close(hold[1]);
	waitpid(child, NULL, 0);
	return user;
}

/* Whether the ids 0 to size-1 of a process are base to base+size-1, and it has no others. */
static int has_mapping(int process, unsigned long base, unsigned long size)
{
	char map[128];
	int file = openat(process, "uid_map", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(file, map, sizeof map - 1);
	close(file);
	if (length <= 0)
		return 0;
	map[length] = '\0';
	unsigned long inside, outside, count;
	return sscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && strchr(map, '\n') == map + length - 1 &&
	       inside == 0 && outside == base && count == size;
}

void join_namespace(const char *process, const char *name, const char *place, unsigned long base, unsigned long size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%.20s", process);
	/* Stays the directory of the process for which it was opened, whoever gets its number later. */
	int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!has_mapping(directory, base, size))
		fail("the container whose namespaces are to be shared has ended");
	snprintf(path, sizeof path, "ns/%.20s", name);
	int namespace = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		fail("the container whose namespaces are to be shared has ended (%s)", strerror(errno));
	snprintf(path, sizeof path, "/proc/self/fd/%d", namespace);
	if (mount(path, place, NULL, MS_BIND, NULL) < 0)
		fail("cannot bind the namespace %s at %s: %s", name, place, strerror(errno));
	close(namespace);
	close(directory);
}
