/*
 * The runtime front: the only `runc` that containerd, dockerd and BuildKit can find.
 *
 * `create` and `run`, and for isolated containers `exec` and `update`, are put to the agent, which answers with a plan
 * (guest/agent/isolation/plan.ts) or a refusal. The front carries the plan out and becomes the real runtime. It decides
 * nothing, and whatever it cannot do ends the call. Every other verb brings nothing new into a container and goes to the
 * runtime that made it.
 */
#include "front.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>

#define AGENT_SOCKET "/run/bulkhead/runtime.sock"
#define PLAIN_RUNTIME "/usr/libexec/bulkhead/runc"
/* In the own directory of each isolated container, made by the agent and there as long as the container. */
#define ISOLATED_RUNTIME "/run/bulkhead-c/%s/runtime"

static const char *log_path;

static void print_json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

/* The shim shows the last `msg` of the runtime's log to the user (containerd, pkg/go-runc). */
void fail(const char *format, ...)
{
	char message[8192];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);

	FILE *log = log_path ? fopen(log_path, "ae") : NULL;
	if (log) {
		char now[32];
		time_t seconds = time(NULL);
		struct tm utc;
		strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
		fputs("{\"level\":\"error\",\"msg\":", log);
		print_json_string(log, message);
		fprintf(log, ",\"time\":\"%s\"}\n", now);
		fclose(log);
	}
	fprintf(stderr, "%s\n", message);
	exit(1);
}

/* Global flags of runc 1.1 that take a value and that containerd's shim or BuildKit may pass. */
static int takes_value(const char *flag)
{
	static const char *const flags[] = { "--root", "--log", "--log-format", "--criu", "--rootless" };
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(flag, flags[i]) == 0)
			return 1;
	return 0;
}

/* Finds where the verb is, 0 for none, and what log was named before it. */
static int find_verb(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];
		if (argument[0] != '-')
			return i;
		const char *value = strchr(argument, '=');
		if (value)
			value++;
		else if (takes_value(argument) && i + 1 < argc)
			value = argv[++i];
		if (value && strncmp(argument, "--log", 5) == 0 && (argument[5] == '\0' || argument[5] == '='))
			log_path = value;
	}
	return 0;
}

/*
 * The runtime of an isolated container, or NULL for any other. exec and kill carry the id before other arguments, so every
 * argument after the verb is tried.
 */
static const char *isolated_runtime_of(char **arguments)
{
	static char runtime[4096];
	char path[4096];
	for (char **argument = arguments; *argument; argument++) {
		const char *id = *argument;
		if (id[0] == '-' || id[0] == '.' || strchr(id, '/') ||
		    (size_t)snprintf(path, sizeof path, ISOLATED_RUNTIME, id) >= sizeof path)
			continue;
		ssize_t length = readlink(path, runtime, sizeof runtime - 1);
		if (length < 0)
			continue;
		runtime[length] = '\0';
		return runtime;
	}
	return NULL;
}

/* The limits of `update` come on the standard input; the agent sees them and writes its own in their place. */
static char *read_input(void)
{
	size_t capacity = 65536, length = 0;
	char *input = calloc(1, capacity);
	if (!input)
		fail("out of memory");
	for (;;) {
		ssize_t count = read(STDIN_FILENO, input + length, capacity - length - 1);
		if (count < 0)
			fail("cannot read the limits: %s", strerror(errno));
		if (count == 0)
			break;
		length += (size_t)count;
		if (capacity - length < 2)
			fail("the limits are too long");
	}
	if (length == 0 || strlen(input) != length)
		fail("the limits are empty or malformed");
	return input;
}

static void send_item(int agent, const char *item)
{
	size_t left = strlen(item) + 1;
	while (left > 0) {
		ssize_t written = send(agent, item, left, MSG_NOSIGNAL);
		if (written <= 0)
			fail("container isolation is not available: the agent of the VM closed the connection");
		item += written;
		left -= (size_t)written;
	}
}

/*
 * Sends the working directory, the standard input if it was read, argv and an empty item, each NUL-terminated; the agent
 * reads files itself. The connection stays open and is inherited by the runtime: its end tells the agent that the runtime
 * has exited.
 */
static char *ask_agent(int argc, char **argv, const char *input)
{
	int agent = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = AGENT_SOCKET };
	if (agent < 0 || connect(agent, (struct sockaddr *)&address, sizeof address) < 0)
		fail("container isolation is not available: cannot reach the agent of the VM (%s); restart the engine", strerror(errno));

	char directory[4096];
	if (!getcwd(directory, sizeof directory))
		fail("cannot read the working directory: %s", strerror(errno));
	send_item(agent, directory);
	send_item(agent, input);
	for (int i = 0; i < argc; i++)
		send_item(agent, argv[i]);
	send_item(agent, "");

	size_t capacity = 65536, length = 0;
	char *answer = malloc(capacity);
	for (;;) {
		if (!answer)
			fail("out of memory");
		ssize_t count = read(agent, answer + length, capacity - length - 1);
		if (count < 0)
			fail("container isolation is not available: %s", strerror(errno));
		if (count == 0)
			fail("container isolation is not available: the agent of the VM gave no complete answer");
		length += (size_t)count;
		answer[length] = '\0';
		if (length >= 4 && strcmp(answer + length - 4, "end\n") == 0 && (length == 4 || answer[length - 5] == '\n'))
			return answer;
		if (capacity - length < 2)
			answer = realloc(answer, capacity *= 2);
	}
}

int main(int argc, char **argv)
{
	int at = find_verb(argc, argv);
	const char *verb = argv[at];
	/* Only --version and --help come without a verb; they must describe the runc that Docker expects. */
	if (at == 0 || strcmp(verb, "features") == 0) {
		execv(PLAIN_RUNTIME, argv);
		fail("cannot start %s: %s", PLAIN_RUNTIME, strerror(errno));
	}
	if (strcmp(verb, "create") == 0 || strcmp(verb, "run") == 0)
		execute_plan(ask_agent(argc, argv, "-"));

	const char *runtime = isolated_runtime_of(argv + at + 1);
	if (runtime && strcmp(verb, "exec") == 0)
		execute_plan(ask_agent(argc, argv, "-"));
	if (runtime && strcmp(verb, "update") == 0)
		execute_plan(ask_agent(argc, argv, read_input()));
	if (!runtime)
		runtime = PLAIN_RUNTIME;
	static const char *const passed_on[] = { "start", "state", "kill", "delete", "ps", "pause", "resume", "events", "update", "exec", "list" };
	for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
		if (strcmp(verb, passed_on[i]) != 0)
			continue;
		execv(runtime, argv);
		fail("cannot start %s: %s", runtime, strerror(errno));
	}
	fail("%s is not supported by the engine's runtime", verb);
}
