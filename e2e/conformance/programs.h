/* Programs of attacks that take more than one system call. Each gives an exit status and gets what follows its name. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

/* Takes a resource ("inotify", "namespace" or "key") until the kernel gives no more or half a minute has passed, and holds
 * it in the background. */
int hoard(char **arguments);
/* Takes one and gives it back. */
int take(char **arguments);
/* Starts as many processes as it is told, which wait until the container ends. */
int breed(char **arguments);
/* Looks for a program of another than this container, and opens its file for writing, which it then leaves as it is. */
int stalk(char **arguments);
/* Copies its input to a unix socket and what comes back to its output. */
int converse(char **arguments);
/* Is a server at a unix socket that gives every request the same answer in JSON. */
int serve(char **arguments);
/* Lets two names change places again and again, every few milliseconds, until the container ends. */
int alternate(char **arguments);
/* Says as whom it runs, and with what capabilities. */
int identify(char **arguments);
/* Gives a file the capability to make raw sockets. */
int empower(char **arguments);
/* Serves its working directory as a registry of images that can only be read, on the port that it is told. */
int registry(char **arguments);

#endif
