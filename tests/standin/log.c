// SPDX-License-Identifier: Apache-2.0
// Lines as vLLM 0.11 and uvicorn write them.

#include "log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

/* One write a line: a log cut in mid-line helps nobody. */
static void write_line(int fd, const char *line, size_t len)
{
    (void)!write(fd, line, len);
}

static void log_line(const char *process, const char *level, const char *place, const char *format,
                     va_list args) WVA_PRINTF(4, 0);

static void log_line(const char *process, const char *level, const char *place, const char *format,
                     va_list args)
{
    char line[LINE_MAX_BYTES], stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    (void)gmtime_r(&now, &utc);
    (void)strftime(stamp, sizeof(stamp), "%m-%d %H:%M:%S", &utc);
    int len = place[0] == '\0' ? snprintf(line, sizeof(line), "(%s pid=%d) %s:     ", process,
                                          (int)getpid(), level)
                               : snprintf(line, sizeof(line), "(%s pid=%d) %s %s [%s] ", process,
                                          (int)getpid(), level, stamp, place);
    size_t used = (size_t)len;
    len = vsnprintf(line + used, sizeof(line) - used - 1, format, args);
    used += len < 0 ? 0 : (size_t)len;
    if (used > sizeof(line) - 2)
        used = sizeof(line) - 2;
    line[used++] = '\n';
    write_line(STDOUT_FILENO, line, used);
}

void standin_log(const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_line("APIServer", "INFO", place, format, args);
    va_end(args);
}

void standin_log_engine(const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_line("EngineCore_DP0", "INFO", place, format, args);
    va_end(args);
}

static void warning(const char *format, ...) WVA_PRINTF(1, 2);

static void warning(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_line("APIServer", "WARNING", "", format, args);
    va_end(args);
}

void standin_log_warning(const char *words)
{
    warning("%s", words);
}

void standin_log_access(const char *peer, const char *method, const char *path, bool http10,
                        int status)
{
    standin_log("", "%s - \"%.16s %.256s HTTP/%s\" %d %s", peer, method, path,
                http10 ? "1.0" : "1.1", status, status == 200 ? "OK" : "");
}

void standin_log_peer(char *out, size_t size, const struct sockaddr_storage *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    const void *raw = address;
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = raw;
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
        (void)snprintf(out, size, "[%s]:%u", text, ntohs(v6->sin6_port));
        return;
    }
    const struct sockaddr_in *v4 = raw;
    (void)inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
    (void)snprintf(out, size, "%s:%u", text, ntohs(v4->sin_port));
}

void standin_log_traceback(const char *words)
{
    char text[LINE_MAX_BYTES];
    int len = snprintf(
        text, sizeof(text),
        "(EngineCore_DP0 pid=%d) Traceback (most recent call last):\n"
        "(EngineCore_DP0 pid=%d)   File \"/usr/local/lib/python3.12/dist-packages/vllm/v1/engine/"
        "core.py\", line 708, in run_engine_core\n"
        "(EngineCore_DP0 pid=%d)     engine_core = EngineCoreProc(*args, **kwargs)\n"
        "(EngineCore_DP0 pid=%d) %s\n",
        (int)getpid(), (int)getpid(), (int)getpid(), (int)getpid(), words);
    if (len > 0)
        write_line(STDERR_FILENO, text,
                   (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}
