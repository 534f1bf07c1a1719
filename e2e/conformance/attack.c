/*
 * System calls that no applet of busybox makes. Each is asked for with arguments that do nothing even where it is
 * allowed: an answer other than EPERM, EACCES and ENOSYS shows that the kernel got past the question of who asks.
 * What takes more than one call stands in programs.c and registry.c.
 */
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif

static long module(void)
{
	return syscall(SYS_init_module, NULL, 0, "");
}

static long bpf(void)
{
	union bpf_attr attributes;
	memset(&attributes, 0, sizeof attributes);
	long answer = syscall(SYS_bpf, BPF_MAP_GET_NEXT_ID, &attributes, sizeof attributes);
	/* That there is no map is an answer too. */
	return answer < 0 && errno == ENOENT ? 0 : answer;
}

static long kexec(void)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, 0);
}

static long swap(void)
{
	return swapon("/nonexistent", 0);
}

static long settime(void)
{
	struct timeval now;
	gettimeofday(&now, NULL);
	return settimeofday(&now, NULL);
}

static long io_privilege(void)
{
	return iopl(3);
}

static long accounting(void)
{
	return acct(NULL);
}

static long vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

/* socketcall(SYS_SOCKET, ...) of the 32-bit table; its arguments lie below 4 GiB. */
static long vsock32(void)
{
	unsigned int *arguments = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (arguments == MAP_FAILED)
		return -1;
	arguments[0] = AF_VSOCK;
	arguments[1] = SOCK_STREAM;
	arguments[2] = 0;
	long answer;
	__asm__ volatile("int $0x80" : "=a"(answer) : "a"(102L), "b"(1L), "c"(arguments) : "memory", "r8", "r9", "r10", "r11");
	if ((int)answer < 0) {
		errno = -(int)answer;
		return -1;
	}
	return answer;
}

static long io_uring(void)
{
	char parameters[120] = { 0 };
	return syscall(425, 1, parameters);
}

static long userfault(void)
{
	return syscall(SYS_userfaultfd, 0);
}

static long perf(void)
{
	struct perf_event_attr attributes;
	memset(&attributes, 0, sizeof attributes);
	attributes.size = sizeof attributes;
	attributes.type = PERF_TYPE_SOFTWARE;
	attributes.config = PERF_COUNT_SW_CPU_CLOCK;
	return syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0);
}

/* Inode 2 is the root of an ext4 file system; /etc/hosts lies on the one with the engine's data. */
static long handle(void)
{
	struct {
		struct file_handle head;
		unsigned int inode, generation;
	} root = { .head = { .handle_bytes = 8, .handle_type = 1 }, .inode = 2 };
	int mount = open("/etc/hosts", O_RDONLY);
	if (mount < 0)
		return -1;
	return open_by_handle_at(mount, &root.head, O_RDONLY | O_DIRECTORY);
}

static const struct {
	const char *word;
	long (*call)(void);
} CALLS[] = {
	{ "module", module },	   { "bpf", bpf },	   { "kexec", kexec },	     { "swapon", swap },
	{ "settimeofday", settime }, { "iopl", io_privilege }, { "acct", accounting },   { "vsock", vsock },
	{ "vsock32", vsock32 },	   { "io_uring", io_uring }, { "userfaultfd", userfault }, { "perf", perf },
	{ "handle", handle },
};

static const struct {
	const char *word;
	int (*run)(char **arguments);
} PROGRAMS[] = {
	{ "hoard", hoard },	  { "take", take },	{ "breed", breed },	{ "stalk", stalk },
	{ "converse", converse }, { "serve", serve },	{ "alternate", alternate }, { "registry", registry },
	{ "identify", identify }, { "empower", empower },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof PROGRAMS / sizeof *PROGRAMS; i++) {
		if (strcmp(argv[1], PROGRAMS[i].word) == 0)
			return PROGRAMS[i].run(argv + 2);
	}
	for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
		if (argc != 2 || strcmp(argv[1], CALLS[i].word) != 0)
			continue;
		long answer = CALLS[i].call();
		int refused = answer < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS || errno == EAFNOSUPPORT);
		printf("%s: %s\n", refused ? "refused" : "allowed", answer < 0 ? strerror(errno) : "success");
		return refused;
	}
	fprintf(stderr, "which call?\n");
	return 2;
}
