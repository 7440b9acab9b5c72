// SPDX-License-Identifier: Apache-2.0
/* fs.h, in a fresh directory a test. */
#include "support/wva_test.h"

#include "wva/util/cancel.h"
#include "wva/util/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct wva_arena arena;
    char directory[64];
    char *path; /* "file" in it, not there yet */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    check(f != NULL);
    (void)snprintf(f->directory, sizeof(f->directory), "/tmp/wva-test-fs-XXXXXX");
    check(mkdtemp(f->directory) != NULL);
    f->path = wva_fs_join(&f->arena, f->directory, "file");
    *state = f;
    return 0;
}

static int count_entries(const char *directory)
{
    DIR *dir = opendir(directory);
    int count = 0;

    check(dir != NULL);
    while (readdir(dir) != NULL)
        count++;
    (void)closedir(dir);
    return count - 2; /* "." and ".." */
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    (void)unlink(f->path);
    (void)rmdir(f->path);
    check_int(rmdir(f->directory), 0); /* nothing else was left */
    wva_arena_done(&f->arena);
    free(f);
    return 0;
}

static void put(const char *path, const char *data, size_t len)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    check(fd >= 0);
    check_int(write(fd, data, len), len);
    check_int(close(fd), 0);
}

static void test_read_text(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    size_t len = 99;
    char *text = NULL;

    put(f->path, "a\0b\n", 4);
    check_ok(wva_fs_read(f->path, 4, &f->arena, &text, &len, &err), &err);
    check_int(len, 4);
    assert_memory_equal(text, "a\0b\n", 5);
    put(f->path, "", 0);
    check_ok(wva_fs_read(f->path, 0, &f->arena, &text, &len, &err), &err);
    check_int(len, 0);
    check_str(text, "");
}

static void test_read_large_file(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    const size_t size = 300001;
    char *data = wva_arena_alloc(&f->arena, size);
    size_t len = 0;
    char *text = NULL;

    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i % 251);
    put(f->path, data, size);
    check_ok(wva_fs_read(f->path, SIZE_MAX, &f->arena, &text, &len, &err), &err);
    check_int(len, size);
    assert_memory_equal(text, data, size);
}

static void test_read_failures_leave_outputs(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    char *const before = f->directory;
    char *text = before;
    size_t len = 99;

    check_fails(wva_fs_read(f->path, 10, &f->arena, &text, &len, &err), &err, WVA_E_IO,
                wva_arena_printf(&f->arena, "cannot read %s: No such file or directory", f->path));
    check_fails(wva_fs_read(f->directory, 10, &f->arena, &text, &len, &err), &err, WVA_E_IO,
                wva_arena_printf(&f->arena, "cannot read %s: Is a directory", f->directory));
    put(f->path, "12345", 5);
    check_fails(wva_fs_read(f->path, 4, &f->arena, &text, &len, &err), &err, WVA_E_IO,
                wva_arena_printf(&f->arena, "cannot read %s: longer than 4 bytes", f->path));
    check(text == before);
    check_int(len, 99);
}

static void test_the_ceiling_holds_without_a_size(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    char *text = NULL;
    size_t len = 99;

    check_fails(wva_fs_read("/dev/zero", 1000, &f->arena, &text, &len, &err), &err, WVA_E_IO,
                "cannot read /dev/zero: longer than 1000 bytes");
    check_int(len, 99);
}

static void test_read_secret(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    wva_auto_secret secret = {0};

    put(f->path, "", 0);
    check_ok(wva_fs_read_secret(f->path, 10, &secret, &err), &err);
    check(secret.data == NULL);
    put(f->path, "token\n", 6);
    check_ok(wva_fs_read_secret(f->path, 10, &secret, &err), &err);
    check_str(secret.data, "token\n");
    check_int(secret.len, 6);
    check_fails(wva_fs_read_secret(f->directory, 10, &secret, &err), &err, WVA_E_IO,
                "Is a directory");
    check_str(secret.data, "token\n");
}

static void check_content(struct fixture *f, const char *wanted)
{
    struct wva_error err = {0};
    char *text = NULL;
    size_t len = 0;

    check_ok(wva_fs_read(f->path, 1000, &f->arena, &text, &len, &err), &err);
    check_str(text, wanted);
}

static void test_write_new_and_replace(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    const mode_t mask = umask(022);
    struct stat status;

    check_ok(wva_fs_write_atomic(f->path, "one", 3, 0666, &err), &err);
    check_content(f, "one");
    check_int(stat(f->path, &status), 0);
    check_int(status.st_mode & 07777, 0644);
    check_ok(wva_fs_write_atomic(f->path, "", 0, 0600, &err), &err);
    check_content(f, "");
    check_int(stat(f->path, &status), 0);
    check_int(status.st_mode & 07777, 0600);
    check_int(count_entries(f->directory), 1);
    (void)umask(mask);
}

static void test_write_beside_a_relative_path(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    char *back = getcwd(NULL, 0);

    check_int(chdir(f->directory), 0);
    check_ok(wva_fs_write_atomic("file", "here", 4, 0644, &err), &err);
    check_int(chdir(back), 0);
    free(back);
    check_content(f, "here");
}

static void test_write_with_the_longest_name(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    char name[256];
    char *path;

    memset(name, 'n', 255);
    name[255] = '\0';
    path = wva_fs_join(&f->arena, f->directory, name);
    check_ok(wva_fs_write_atomic(path, "x", 1, 0644, &err), &err);
    check_int(unlink(path), 0);
}

static void test_write_into_no_directory(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    const char *path = wva_fs_join(&f->arena, f->path, "below");

    check_fails(wva_fs_write_atomic(path, "x", 1, 0644, &err), &err, WVA_E_IO,
                wva_arena_printf(&f->arena, "cannot write %s: No such file or directory", path));
}

static void test_failed_rename_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    char name[257];
    const char *path;

    memset(name, 'n', 256); /* too long for the rename, not for the file beside it */
    name[256] = '\0';
    path = wva_fs_join(&f->arena, f->directory, name);
    check_fails(wva_fs_write_atomic(path, "x", 1, 0644, &err), &err, WVA_E_IO,
                "File name too long");
    check_int(count_entries(f->directory), 0);
}

static void test_only_regular_files_are_replaced(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    struct stat status;

    check_int(mkdir(f->path, 0700), 0);
    check_fails(wva_fs_write_atomic(f->path, "x", 1, 0644, &err), &err, WVA_E_IO,
                "not a regular file");
    check_int(rmdir(f->path), 0);
    check_int(symlink("/dev/null", f->path), 0);
    check_fails(wva_fs_write_atomic(f->path, "x", 1, 0644, &err), &err, WVA_E_IO,
                "not a regular file");
    check_int(lstat(f->path, &status), 0);
    check(S_ISLNK(status.st_mode));
    check_int(count_entries(f->directory), 1);
}

static void test_join(void **state)
{
    struct fixture *f = *state;

    check_str(wva_fs_join(&f->arena, "a", "b"), "a/b");
    check_str(wva_fs_join(&f->arena, "a/", "b"), "a/b");
    check_str(wva_fs_join(&f->arena, "/", "b"), "/b");
    check_str(wva_fs_join(&f->arena, "", "b"), "b");
    check_str(wva_fs_join(&f->arena, "a", "/b"), "/b");
    check_str(wva_fs_join(&f->arena, ".", "../b"), "./../b");
}

static void test_dirname(void **state)
{
    struct fixture *f = *state;

    check_str(wva_fs_dirname(&f->arena, "a"), ".");
    check_str(wva_fs_dirname(&f->arena, ""), ".");
    check_str(wva_fs_dirname(&f->arena, "a/b"), "a");
    check_str(wva_fs_dirname(&f->arena, "a//b/"), "a");
    check_str(wva_fs_dirname(&f->arena, "/a"), "/");
    check_str(wva_fs_dirname(&f->arena, "//a"), "/");
    check_str(wva_fs_dirname(&f->arena, "/"), "/");
    check_str(wva_fs_dirname(&f->arena, "/a/b/c"), "/a/b");
}

/* A pipe that holds `text` and is closed behind it. */
static int open_pipe(const char *text)
{
    int ends[2];

    check_int(pipe(ends), 0);
    check_int(write(ends[1], text, strlen(text)), strlen(text));
    check_int(close(ends[1]), 0);
    return ends[0];
}

static void test_read_descriptor(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    char *text = NULL;
    size_t len = 99;
    int fd = open_pipe("12345");

    check_int(wva_fs_read_fd(fd, "standard input", 5, &f->arena, &text, &len, &err), 0);
    check_str(text, "12345");
    check_int(len, 5);
    check_int(close(fd), 0);

    fd = open_pipe("123456");
    text = NULL;
    check_fails(wva_fs_read_fd(fd, "standard input", 5, &f->arena, &text, &len, &err), &err,
                WVA_E_IO, "cannot read standard input: longer than 5 bytes");
    check(text == NULL && len == 5);
    check_int(close(fd), 0);
}

static void test_cancel_ends_a_read(void **state)
{
    struct fixture *f = *state;
    struct wva_error err = {0};
    char *text = NULL;
    size_t len = 99;
    const int fd = open_pipe("12345");

    wva_cancel_raise_for_test(SIGINT);
    check_fails(wva_fs_read_fd(fd, "standard input", 5, &f->arena, &text, &len, &err), &err,
                WVA_E_CANCELED, "canceled while reading standard input");
    wva_cancel_reset_for_test();
    check(text == NULL && len == 99);
    check_int(close(fd), 0);
}

#define FS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    FS_TEST(test_read_text),
    FS_TEST(test_read_large_file),
    FS_TEST(test_read_failures_leave_outputs),
    FS_TEST(test_the_ceiling_holds_without_a_size),
    FS_TEST(test_read_descriptor),
    FS_TEST(test_cancel_ends_a_read),
    FS_TEST(test_read_secret),
    FS_TEST(test_write_new_and_replace),
    FS_TEST(test_write_beside_a_relative_path),
    FS_TEST(test_write_with_the_longest_name),
    FS_TEST(test_write_into_no_directory),
    FS_TEST(test_failed_rename_leaves_nothing),
    FS_TEST(test_only_regular_files_are_replaced),
    FS_TEST(test_join),
    FS_TEST(test_dirname),
};

WVA_TEST_MAIN(tests)
