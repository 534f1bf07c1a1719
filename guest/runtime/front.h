#ifndef BULKHEAD_FRONT_H
#define BULKHEAD_FRONT_H

/* Reports an error where the caller of the runtime looks for it and ends the process with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* Carries out the agent's answer line by line; its last step replaces this process. */
__attribute__((noreturn)) void execute_plan(char *answer);

#endif
