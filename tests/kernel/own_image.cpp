#include "own_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kekkai::kernel_tests {
namespace {

void try_to_open(const char* key, const char* path, int flags) {
  const int fd = ::open(path, flags | O_CLOEXEC);
  ::dprintf(1, "%s=%s\n", key, fd >= 0 ? "ok" : ::strerrorname_np(errno));
  if (fd >= 0) ::close(fd);
}

bool send_descriptor(int socket, int fd) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  ::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

}  // namespace

int misuse_own_image() {
  ::dprintf(1, "image=%s\n", "reached");
  try_to_open("self-write", "/proc/self/exe", O_WRONLY);
  try_to_open("init-write", "/proc/1/exe", O_WRONLY);
  try_to_open("init-read", "/proc/1/exe", O_RDONLY);
  const int image = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ::dprintf(1, "self-read=%s\n", image >= 0 ? "ok" : ::strerrorname_np(errno));
  ::dprintf(1, "sent=%s\n", send_descriptor(3, image) ? "yes" : "no");
  return 0;
}

}  // namespace kekkai::kernel_tests
