/* The wall clock of a process, as many seconds off as the file of WRONG_CLOCK says; monotonic clocks stay right. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*right)(clockid_t, struct timespec *);

static long off(const struct timespec *now) {
    static long seconds, looked_at = -1;
    if (now->tv_sec != looked_at) {
        const char *name = getenv("WRONG_CLOCK");
        int kept = errno;
        FILE *file = name ? fopen(name, "r") : NULL;
        looked_at = now->tv_sec;
        if (file) {
            if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
            fclose(file);
        }
        errno = kept;
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *told) {
    if (!right) right = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = right(clock, told);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) told->tv_sec += off(told);
    return failed;
}

int gettimeofday(struct timeval *told, void *zone) {
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    (void)zone;
    told->tv_sec = now.tv_sec;
    told->tv_usec = now.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *told) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told) *told = now.tv_sec;
    return now.tv_sec;
}
