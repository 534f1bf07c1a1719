#include "programs.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MANIFEST[] = "application/vnd.docker.distribution.manifest.v2+json";

static void refuse(int connection, const char *status)
{
	dprintf(connection, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
}

/* One request, whose path is a file's below this directory. The engine tries TLS first, and takes any answer for a no. */
static void answer(int connection)
{
	char request[8192] = "", method[8], target[1024], path[1026];
	size_t length = 0;
	ssize_t part;
	while (strstr(request, "\r\n\r\n") == NULL && (length == 0 || (request[0] >= 'A' && request[0] <= 'Z'))) {
		part = read(connection, request + length, sizeof request - 1 - length);
		if (part <= 0)
			break;
		length += part;
		request[length] = '\0';
	}
	if (sscanf(request, "%7s %1023s", method, target) != 2 || target[0] != '/' || strstr(target, "..") != NULL) {
		refuse(connection, "400 Bad Request");
		return;
	}
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		refuse(connection, "405 Method Not Allowed");
		return;
	}
	snprintf(path, sizeof path, ".%s", target);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (file < 0 || fstat(file, &status) != 0) {
		refuse(connection, "404 Not Found");
		return;
	}
	off_t left = S_ISREG(status.st_mode) ? status.st_size : 0;
	dprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %lld\r\nConnection: close\r\n\r\n",
		strstr(target, "/manifests/") != NULL ? MANIFEST : "application/octet-stream", (long long)left);
	while (left > 0 && method[0] == 'G' && (part = sendfile(connection, file, NULL, left)) > 0)
		left -= part;
}

int registry(char **arguments)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(arguments[0] == NULL ? 0 : atoi(arguments[0])),
	};
	const int yes = 1;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) {
		perror("registry");
		return 1;
	}
	/* Nobody waits for those that answer, nor do they leave anything behind (sigaction(2), SA_NOCLDWAIT). */
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int connection = accept(listener, NULL, NULL);
		if (connection < 0)
			continue;
		if (fork() == 0) {
			answer(connection);
			_exit(0);
		}
		close(connection);
	}
}
