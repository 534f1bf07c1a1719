#include "programs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* A user namespace may lie 32 deep (user_namespaces(7)), the container's among them. */
enum { DEPTH = 30 };

static int opened, failed;

static void tell(const char *file, const char *text)
{
	int target = open(file, O_WRONLY | O_CLOEXEC);
	if (target >= 0) {
		dprintf(target, "%s", text);
		close(target);
	}
}

/* One inside the other, since a process is dearer than a namespace. Whoever makes one must have an id in its own. */
static int nest_namespaces(void *nothing)
{
	(void)nothing;
	char user[32], group[32];
	snprintf(user, sizeof user, "%u %u 1", geteuid(), geteuid());
	snprintf(group, sizeof group, "%u %u 1", getegid(), getegid());

	opened = -1;
	for (int depth = 0; depth < DEPTH; depth++) {
		failed = unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
		if (failed != 0)
			break;
		tell("/proc/self/setgroups", "deny");
		tell("/proc/self/uid_map", user);
		tell("/proc/self/gid_map", group);
		/* The innermost holds the others. */
		close(opened);
		opened = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	}
	return 0;
}

/* The child shares this process's memory and files (clone(2)), so that what it opens stays. */
static int take_namespace(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int child = clone(nest_namespaces, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, NULL);
	if (child < 0)
		return -1;
	waitpid(child, NULL, 0);
	errno = failed;
	return opened;
}

static int take_key(void)
{
	static unsigned int count;
	char name[32];
	snprintf(name, sizeof name, "bulkhead-%u", count++);
	return syscall(SYS_add_key, "user", name, "x", 1, KEY_SPEC_PROCESS_KEYRING);
}

static int take_inotify(void)
{
	return inotify_init1(IN_CLOEXEC);
}

static int (*taker(const char *word))(void)
{
	if (word != NULL && strcmp(word, "inotify") == 0)
		return take_inotify;
	if (word != NULL && strcmp(word, "namespace") == 0)
		return take_namespace;
	if (word != NULL && strcmp(word, "key") == 0)
		return take_key;
	fprintf(stderr, "which resource?\n");
	exit(2);
}

/* Seconds; what comes after has to wait until the kernel has taken everything back. */
enum { HOARDING = 30 };

int hoard(char **arguments)
{
	int (*take_one)(void) = taker(arguments[0]);
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return 1;

	/* The one that holds everything stays, and who waits for this program is let go. */
	int said[2];
	if (pipe(said) != 0)
		return 1;
	if (fork() == 0) {
		setsid();
		for (int file = 0; file <= 2; file++)
			close(file);
		time_t end = time(NULL) + HOARDING;
		int has_time = 1;
		while (take_one() >= 0 && has_time)
			has_time = time(NULL) < end;
		dprintf(said[1], "hoards until: %s\n", has_time ? strerror(errno) : "its time was up");
		close(said[1]);
		for (;;)
			pause();
	}
	close(said[1]);
	char line[128];
	ssize_t length = read(said[0], line, sizeof line);
	return length > 0 && write(1, line, length) == length ? 0 : 1;
}

int take(char **arguments)
{
	if (taker(arguments[0])() >= 0) {
		puts("took one");
		return 0;
	}
	printf("took none: %s\n", strerror(errno));
	return 1;
}

int breed(char **arguments)
{
	int wanted = arguments[0] == NULL ? 0 : atoi(arguments[0]);
	for (int count = 0; count < wanted; count++) {
		int child = fork();
		if (child < 0) {
			printf("after %d: %s\n", count, strerror(errno));
			return 0;
		}
		if (child == 0) {
			for (;;)
				pause();
		}
	}
	puts("as many as it wanted");
	return 0;
}

/* Seconds for which something is waited for. */
enum { PATIENCE = 10 };

static int is_own(const char *program)
{
	return strcmp(program, "/bin/busybox") == 0 || strcmp(program, "/bin/attack") == 0;
}

static int open_for_writing(const char *program, int file)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	/* While it runs nobody may write to it (ETXTBSY). */
	for (time_t end = time(NULL) + PATIENCE; time(NULL) < end; usleep(1000)) {
		if (open(path, O_WRONLY) >= 0) {
			printf("opened %s for writing\n", program);
			return 0;
		}
		if (errno != ETXTBSY)
			break;
	}
	printf("refused: %s: %s\n", program, strerror(errno));
	return 1;
}

int stalk(char **arguments)
{
	(void)arguments;
	for (time_t end = time(NULL) + PATIENCE; time(NULL) < end; usleep(200)) {
		DIR *processes = opendir("/proc");
		for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
			if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
				continue;
			char link[300], program[300];
			snprintf(link, sizeof link, "/proc/%s/exe", entry->d_name);
			ssize_t length = readlink(link, program, sizeof program - 1);
			program[length < 0 ? 0 : length] = '\0';
			int file = length < 0 || is_own(program) ? -1 : open(link, O_RDONLY);
			if (file >= 0)
				return open_for_writing(program, file);
		}
		if (processes != NULL)
			closedir(processes);
	}
	puts("saw no program but its own");
	return 1;
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path == NULL ? "" : path);
	return address;
}

/* Seconds; under emulation an engine that starts a container or pulls an image is silent for many. */
enum { ANSWER = 200 };

int converse(char **arguments)
{
	struct sockaddr_un address = address_of(arguments[0]);
	int connection = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
		printf("no connection: %s\n", strerror(errno));
		return 1;
	}
	char buffer[65536];
	ssize_t length;
	while ((length = read(0, buffer, sizeof buffer)) > 0) {
		if (write(connection, buffer, length) != length)
			return 1;
	}
	struct pollfd answer = { .fd = connection, .events = POLLIN };
	while (poll(&answer, 1, ANSWER * 1000) > 0 && (length = read(connection, buffer, sizeof buffer)) > 0) {
		if (write(1, buffer, length) != length)
			return 1;
	}
	return 0;
}

int serve(char **arguments)
{
	struct sockaddr_un address = address_of(arguments[0]);
	const char *answer = arguments[0] == NULL || arguments[1] == NULL ? "" : arguments[1];
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) {
		perror(address.sun_path);
		return 1;
	}
	for (int connection; (connection = accept(listener, NULL, NULL)) >= 0; close(connection)) {
		char request[65536];
		if (read(connection, request, sizeof request) > 0)
			dprintf(connection, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(answer),
				answer);
	}
	return 1;
}

int alternate(char **arguments)
{
	while (arguments[0] != NULL && arguments[1] != NULL &&
	       renameat2(AT_FDCWD, arguments[0], AT_FDCWD, arguments[1], RENAME_EXCHANGE) == 0)
		usleep(5000);
	perror("they do not change places");
	return 1;
}

int identify(char **arguments)
{
	(void)arguments;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	syscall(SYS_capget, &header, data);
	printf("user %u as %u, raw sockets %s\n", getuid(), geteuid(), data[0].effective & 1U << CAP_NET_RAW ? "yes" : "no");
	return 0;
}

int empower(char **arguments)
{
	struct vfs_cap_data capabilities = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { .permitted = 1U << CAP_NET_RAW } },
	};
	if (arguments[0] != NULL && setxattr(arguments[0], "security.capability", &capabilities, sizeof capabilities, 0) == 0)
		return 0;
	perror("security.capability");
	return 1;
}
