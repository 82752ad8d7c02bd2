// What a program can do with files.
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <string_view>

namespace probe {
namespace {

int open_flags(const std::string& letters) {
  int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const bool reads = letters.find('r') != letters.npos;
  const bool writes = letters.find('w') != letters.npos;
  flags |= reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
  if (letters.find('c') != letters.npos) flags |= O_CREAT;
  return flags;
}

// open PATH [r|w|c...]
void open(const Arguments& a) {
  const int fd = ::open(a.at(0).c_str(), open_flags(a.size() > 1 ? a[1] : "r"), 0666);
  say_result("open." + a[0], fd);
  if (fd >= 0) ::close(fd);
}

// write PATH TEXT: to an existing or a new file.
void write(const Arguments& a) {
  const int fd = ::open(a.at(0).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return say_result("write." + a[0], fd);
  say_result("write." + a[0], ::write(fd, a.at(1).data(), a.at(1).size()));
  ::close(fd);
}

// fill PATH BYTES: how many of so many bytes could be written.
void fill(const Arguments& a) {
  const int fd = ::open(a.at(0).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  const std::string page(4096, 'x');
  long written = 0;
  for (const long wanted = std::atol(a.at(1).c_str()); written < wanted;) {
    const ssize_t now = ::write(fd, page.data(), page.size());
    if (now <= 0) break;
    written += now;
  }
  say("fill." + a[0], written);
  ::close(fd);
}

void cat(const Arguments& a) { say("cat." + a.at(0), contents_of(a[0])); }

// The file as it is, with nothing added.
void copy(const Arguments& a) {
  const std::string text = contents_of(a.at(0));
  for (size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(1, text.data() + at, text.size() - at);
    if (written <= 0) ::_exit(99);
    at += static_cast<size_t>(written);
  }
}

void list(const Arguments& a) {
  std::string text;
  for (const std::string& name : names_in(a.at(0))) text += (text.empty() ? "" : " ") + name;
  say("list." + a[0], text);
}

void stat(const Arguments& a) {
  struct stat s {};
  const std::string key = "stat." + a.at(0);
  if (::lstat(a[0].c_str(), &s) < 0) return say_result(key, -1);
  const char* kind = S_ISDIR(s.st_mode)   ? "directory"
                     : S_ISLNK(s.st_mode) ? "link"
                     : S_ISCHR(s.st_mode) ? "device"
                     : S_ISREG(s.st_mode) ? "file"
                                          : "other";
  char text[128];
  ::snprintf(text, sizeof text, "%s %04o", kind, s.st_mode & 07777);
  if (S_ISLNK(s.st_mode)) return say(key, "link " + link_target(a[0]));
  if (S_ISCHR(s.st_mode)) {
    ::snprintf(text, sizeof text, "device %u:%u", major(s.st_rdev), minor(s.st_rdev));
  }
  say(key, text);
}

// rename FROM TO
void rename_file(const Arguments& a) {
  say_result("rename." + a.at(0), ::rename(a[0].c_str(), a.at(1).c_str()));
}

void mkdir(const Arguments& a) { say_result("mkdir." + a.at(0), ::mkdir(a[0].c_str(), 0777)); }

void make_node(const Arguments& a) {
  say_result("mknod." + a.at(0), ::mknod(a[0].c_str(), S_IFCHR | 0666, makedev(1, 3)));
}

// bytes-of-file-system PATH
void capacity(const Arguments& a) {
  struct statfs s {};
  if (::statfs(a.at(0).c_str(), &s) < 0) return say_result("capacity." + a[0], -1);
  say("capacity." + a[0], static_cast<long>(s.f_blocks) * s.f_bsize);
}

// read-descriptor FD: what can be read from the start of it.
void read_descriptor(const Arguments& a) {
  char buffer[4096];
  const ssize_t got = ::pread(std::atoi(a.at(0).c_str()), buffer, sizeof buffer, 0);
  if (got < 0) return say_result("fd." + a[0], got);
  say("fd." + a[0], std::string(buffer, static_cast<size_t>(got)));
}

void connect(const Arguments& a) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ::strncpy(address.sun_path, a.at(0).c_str(), sizeof address.sun_path - 1);
  say_result("connect." + a[0],
             ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
  ::close(fd);
}

// Opens a terminal of the container's own devpts, and sends a line through it.
void terminal(const Arguments& /*none*/) {
  const int controller = ::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (controller < 0) return say_result("terminal", controller);
  int unlocked = 0;
  unsigned number = 0;
  ::ioctl(controller, TIOCSPTLCK, &unlocked);
  if (::ioctl(controller, TIOCGPTN, &number) < 0) return say_result("terminal", -1);
  const std::string name = "/dev/pts/" + std::to_string(number);
  const int terminal = ::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return say_result("terminal", terminal);
  say("terminal.name", name);
  if (::write(terminal, "x", 1) != 1) return say_result("terminal", -1);
  char c = 0;
  say("terminal", ::read(controller, &c, 1) == 1 && c == 'x' ? "ok" : "silent");
}

bool is_number(std::string_view name) {
  return name.find_first_not_of("0123456789") == std::string_view::npos;
}

// Opens every file below `directory` for writing, without writing, and says which could be. Of
// processes only "self" is looked at.
void try_to_write_below(const std::string& directory, int depth) {
  DIR* dir = ::opendir(directory.c_str());
  if (dir == nullptr) return;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || (directory == "/proc" && is_number(name))) continue;
    const std::string path = directory + "/" + name;
    const bool own = directory == "/proc" && name == "self";
    if (entry->d_type == DT_DIR || own) {
      if (depth < 24) try_to_write_below(path, depth + 1);
      continue;
    }
    if (entry->d_type == DT_LNK) continue;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0) continue;
    say("writable", path);
    ::close(fd);
  }
  ::closedir(dir);
}

void writable(const Arguments& a) { try_to_write_below(a.at(0), 0); }

}  // namespace

void add_file_steps(Steps& steps) {
  steps.insert({{"open", open},
                {"write", write},
                {"fill", fill},
                {"cat", cat},
                {"copy", copy},
                {"list", list},
                {"stat", stat},
                {"mkdir", mkdir},
                {"rename", rename_file},
                {"mknod", make_node},
                {"capacity", capacity},
                {"read-descriptor", read_descriptor},
                {"connect", connect},
                {"terminal", terminal},
                {"writable", writable}});
}

}  // namespace probe
