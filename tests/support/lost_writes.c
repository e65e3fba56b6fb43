/* A disk that loses every write that was not synced, for processes started with LD_PRELOAD.
 *
 * What a process writes below LOST_WRITES_FOLDER reaches the kernel as always. At each fsync and
 * fdatasync the file as it is then is copied to the same place below LOST_WRITES_SHADOW, and names
 * that are moved, linked or removed are so there, too. So the shadow is what a disk would hold after a
 * power cut that lost whatever was still on its way. The real disk is not asked: the shadow is the
 * disk.
 *
 * While the file that LOST_WRITES_LIE names is there, syncs succeed and nothing reaches the shadow: a
 * disk that lies.
 *
 * Blocks are written in place, under a lock: a process that is killed in the middle of a sync leaves
 * part of it, as it would on a disk. Files opened with O_SYNC or O_DSYNC and mapped files are not
 * followed; what they hold would be found missing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK 4096

#define REAL(name, ...) \
    static int (*real)(__VA_ARGS__); \
    if (!real) real = (int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int lies(void) {
    const char *lie = getenv("LOST_WRITES_LIE");
    return lie && access(lie, F_OK) == 0;
}

/* Where a path below the watched folder lies in the shadow. False for any other path. */
static int shadow_of(const char *path, char shadow[PATH_MAX]) {
    const char *watched = getenv("LOST_WRITES_FOLDER"), *root = getenv("LOST_WRITES_SHADOW");
    if (!watched || !root) return 0;
    size_t length = strlen(watched);
    if (strncmp(path, watched, length) || (path[length] != '/' && path[length])) return 0;
    return snprintf(shadow, PATH_MAX, "%s%s", root, path + length) < PATH_MAX;
}

/* The same for a name that a caller gives: perhaps relative, perhaps of no file. */
static int shadow_of_name(int folder, const char *name, char shadow[PATH_MAX]) {
    char whole[PATH_MAX], parent[PATH_MAX], place[64];
    if (name[0] == '/' || folder == AT_FDCWD) {
        if (snprintf(whole, PATH_MAX, "%s", name) >= PATH_MAX) return 0;
    } else {
        snprintf(place, sizeof place, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(place, parent, PATH_MAX - 1);
        if (length < 0) return 0;
        parent[length] = 0;
        if (snprintf(whole, PATH_MAX, "%s/%s", parent, name) >= PATH_MAX) return 0;
    }
    char *slash = strrchr(whole, '/');
    const char *last = slash ? slash + 1 : whole;
    if (slash) *slash = 0;
    if (!realpath(slash ? (slash == whole ? "/" : whole) : ".", parent)) return 0;
    char canonical[PATH_MAX];
    if (snprintf(canonical, PATH_MAX, "%s/%s", parent, last) >= PATH_MAX) return 0;
    return shadow_of(canonical, shadow);
}

/* Names are moved while nothing is synced: a sync between the real move and the shadow's would be undone
 * by the latter. Closing what this returns is the end of it. */
static int lock(int how) {
    const char *root = getenv("LOST_WRITES_SHADOW");
    int fd = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) flock(fd, how);
    return fd;
}

static void unlock(int fd) {
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
}

static void make_parents(const char *path) {
    char part[PATH_MAX];
    snprintf(part, PATH_MAX, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(part, 0700);
        *slash = '/';
    }
}

/* Writes the blocks that differ. */
static int copy(int from, int to, off_t size) {
    static __thread char now[BLOCK], then[BLOCK];
    for (off_t at = 0; at < size; at += BLOCK) {
        ssize_t new = pread(from, now, BLOCK, at);
        if (new <= 0) return new < 0 ? -1 : 0;
        ssize_t old = pread(to, then, BLOCK, at);
        if (old == new && !memcmp(now, then, (size_t)new)) continue;
        if (pwrite(to, now, (size_t)new, at) != new) return -1;
    }
    return ftruncate(to, size);
}

/* Whether the file behind a descriptor is a watched one. 1: it is, and is kept now. 0: it is not. -1: it is, and
 * could not be kept. */
static int keep_locked(int fd) {
    char place[64], path[PATH_MAX], shadow[PATH_MAX];
    struct stat status;
    snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(place, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!shadow_of(path, shadow)) return 0;
    if (fstat(fd, &status)) return -1;
    if (lies() || status.st_nlink == 0) return 1;
    make_parents(shadow);
    if (S_ISDIR(status.st_mode)) return mkdir(shadow, 0700) && errno != EEXIST ? -1 : 1;
    int from = open(place, O_RDONLY | O_CLOEXEC);
    int to = open(shadow, O_RDWR | O_CREAT | O_CLOEXEC, status.st_mode & 0777);
    int kept = -1;
    /* The size is asked once the lock is held: whoever syncs later copies what is newer. */
    if (from >= 0 && to >= 0 && !flock(to, LOCK_EX) && !fstat(from, &status)
        && !copy(from, to, status.st_size)) kept = 1;
    if (from >= 0) close(from);
    if (to >= 0) close(to);
    return kept;
}

static int keep(int fd) {
    int held = lock(LOCK_SH), kept = keep_locked(fd);
    unlock(held);
    return kept;
}

int fsync(int fd) {
    REAL("fsync", int);
    int kept = keep(fd);
    return kept > 0 ? 0 : kept < 0 ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL("fdatasync", int);
    int kept = keep(fd);
    return kept > 0 ? 0 : kept < 0 ? -1 : real(fd);
}

/* What follows is done while the lock is held, so by system calls: our own functions would wait for it.
 * A name given to a file that was never synced is the name of an empty file: the worst that may be. */
static void name_anew(int from, const char *old, int to, const char *new, int moves) {
    char source[PATH_MAX], target[PATH_MAX];
    int error = errno;
    if (!lies() && shadow_of_name(to, new, target)) {
        make_parents(target);
        int known = shadow_of_name(from, old, source) && access(source, F_OK) == 0;
        if (!known) {
            int file = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
            if (file >= 0) close(file);
        } else if (moves) {
            syscall(SYS_renameat, AT_FDCWD, source, AT_FDCWD, target);
        } else {
            syscall(SYS_linkat, AT_FDCWD, source, AT_FDCWD, target, 0);
        }
    }
    errno = error;
}

static void forget(int folder, const char *name, int flags) {
    char shadow[PATH_MAX];
    int error = errno;
    if (!lies() && shadow_of_name(folder, name, shadow)) {
        syscall(SYS_unlinkat, AT_FDCWD, shadow, flags);
    }
    errno = error;
}

int renameat(int from, const char *old, int to, const char *new) {
    REAL("renameat", int, const char *, int, const char *);
    int held = lock(LOCK_EX), failed = real(from, old, to, new);
    if (!failed) name_anew(from, old, to, new, 1);
    unlock(held);
    return failed;
}

int rename(const char *old, const char *new) {
    return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    REAL("linkat", int, const char *, int, const char *, int);
    int held = lock(LOCK_EX), failed = real(from, old, to, new, flags);
    if (!failed) name_anew(from, old, to, new, 0);
    unlock(held);
    return failed;
}

int link(const char *old, const char *new) {
    return linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int unlinkat(int folder, const char *name, int flags) {
    REAL("unlinkat", int, const char *, int);
    int held = lock(LOCK_EX), failed = real(folder, name, flags);
    if (!failed) forget(folder, name, flags);
    unlock(held);
    return failed;
}

int unlink(const char *name) {
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name) {
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdir(const char *name, mode_t mode) {
    REAL("mkdir", const char *, mode_t);
    char shadow[PATH_MAX];
    int failed = real(name, mode), error = errno;
    if (!failed && !lies() && shadow_of_name(AT_FDCWD, name, shadow)) {
        make_parents(shadow);
        real(shadow, mode);
    }
    errno = error;
    return failed;
}
