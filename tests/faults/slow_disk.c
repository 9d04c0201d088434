// Loaded into PostgreSQL by the test of a slow disk: every flush takes as many milliseconds longer as the file named by SLOW_DISK says.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
  const char* name = getenv("SLOW_DISK");
  char text[16] = {0};
  const int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  const long milliseconds = length > 0 ? strtol(text, NULL, 10) : 0;
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (milliseconds > 0 && nanosleep(&left, &left) != 0) {
  }
}

int fdatasync(int file) {
  static int (*real)(int);
  if (real == NULL)
    real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_for_the_disk();
  return real(file);
}

int fsync(int file) {
  static int (*real)(int);
  if (real == NULL)
    real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_for_the_disk();
  return real(file);
}
