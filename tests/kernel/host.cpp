#include "host.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kekkai::kernel_tests {
namespace fs = std::filesystem;

namespace {

constexpr unsigned kChildSeconds = 240;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

int milliseconds_until(std::chrono::steady_clock::time_point end) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

}  // namespace

Pipe make_pipe() {
  int ends[2];
  checked(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

OwnedFd make_memory_file(const std::string& text) {
  OwnedFd file(checked(::memfd_create("test", MFD_CLOEXEC), "memfd_create"));
  if (!text.empty()) {
    checked(static_cast<int>(::pwrite(file.get(), text.data(), text.size(), 0)), "pwrite");
  }
  return file;
}

std::string text_of(const OwnedFd& memory_file) {
  std::string text;
  char buffer[16384];
  for (ssize_t got = 0; (got = ::pread(memory_file.get(), buffer, sizeof buffer,
                                       static_cast<off_t>(text.size()))) > 0;) {
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  const OwnedFd file(checked(::open(path.c_str(), O_WRONLY | O_CLOEXEC), path.c_str()));
  checked(static_cast<int>(::write(file.get(), text.data(), text.size())), path.c_str());
}

bool is_readable_within(int fd, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  pollfd set{fd, POLLIN, 0};
  for (;;) {
    const int result = ::poll(&set, 1, milliseconds_until(end));
    if (result >= 0 || errno != EINTR) return result > 0;
  }
}

bool ends_within(int fd, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  char buffer[4096];
  for (;;) {
    if (!is_readable_within(fd, std::chrono::milliseconds(milliseconds_until(end)))) return false;
    if (::read(fd, buffer, sizeof buffer) == 0) return true;
  }
}

std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (is_readable_within(fd, kPatience) && ::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

Scratch::Scratch() {
  std::string pattern = fs::temp_directory_path() / "kekkai-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) checked(-1, pattern.c_str());
  path_ = pattern;
}

namespace {

// What is in a directory without permissions could not be removed by its owner: tests make some,
// and so does the kernel, in the work directory of an overlay.
void open_up(const fs::path& directory) {
  std::error_code ignored;
  fs::permissions(directory, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.symlink_status().type() == fs::file_type::directory) open_up(entry.path());
  }
}

}  // namespace

Scratch::~Scratch() {
  open_up(path_);
  std::error_code error;
  fs::remove_all(path_, error);
  EXPECT_FALSE(error) << path_ << " is left: " << error.message();
}

std::string Scratch::make_directory(const std::string& name) const {
  fs::create_directories(path_ + "/" + name);
  return path_ + "/" + name;
}

std::string Scratch::make_file(const std::string& name, const std::string& text) const {
  std::ofstream(path_ + "/" + name) << text;
  return path_ + "/" + name;
}

std::string Scratch::make_link(const std::string& name, const std::string& target) const {
  fs::create_symlink(target, path_ + "/" + name);
  return path_ + "/" + name;
}

std::string host_snapshot(const std::string& directory) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat s {};
    checked(::lstat(entry.path().c_str(), &s), entry.path().c_str());
    std::ostringstream line;
    line << entry.path() << ' ' << std::oct << s.st_mode << std::dec << ' ' << s.st_ino << ' '
         << s.st_uid << ' ' << s.st_gid << ' ' << s.st_nlink;
    if (S_ISREG(s.st_mode)) line << ' ' << s.st_size << ' ' << read_file(entry.path());
    if (S_ISLNK(s.st_mode)) line << ' ' << fs::read_symlink(entry.path());
    lines.push_back(line.str());
  }
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text + read_file("/proc/self/mountinfo");
}

Helper::Helper(const std::function<void()>& run) : Helper(run, 0) {}

Helper::Helper(const std::function<void()>& run, unsigned long namespaces) {
  ::fflush(nullptr);
  // Not fork and unshare: ThreadSanitizer gives a forked child a second thread, and with one there
  // is no new user namespace.
  pid_ = namespaces == 0 ? ::fork()
                         : static_cast<pid_t>(::syscall(SYS_clone, namespaces | SIGCHLD, nullptr,
                                                        nullptr, nullptr, nullptr));
  checked(pid_, "fork");
  if (pid_ != 0) return;
  ::alarm(kChildSeconds);
  try {
    run();
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }
  ::fflush(nullptr);
  ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

Helper::~Helper() {
  if (pid_ < 0) return;
  kill();
  wait();
}

void Helper::kill() const { ::kill(pid_, SIGKILL); }

int Helper::wait() {
  int status = -1;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

namespace {

void expect_success(Helper& child) {
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status)) << "the child was ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "see above what failed in the child";
}

}  // namespace

void in_child(const std::function<void()>& run) {
  Helper child(run);
  expect_success(child);
}

void in_child_with_own_mounts(const std::function<void()>& run) {
  const auto uid = std::to_string(::getuid()), gid = std::to_string(::getgid());
  Helper child(
      [&] {
        write_file("/proc/self/uid_map", "0 " + uid + " 1");
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/gid_map", "0 " + gid + " 1");
        run();
      },
      CLONE_NEWUSER | CLONE_NEWNS);
  expect_success(child);
}

bool is_root() { return ::geteuid() == 0; }

bool linux_is_at_least(int major, int minor) {
  utsname name{};
  int running_major = 0, running_minor = 0;
  checked(::uname(&name), "uname");
  if (::sscanf(name.release, "%d.%d", &running_major, &running_minor) != 2) {
    throw std::runtime_error("what kernel is " + std::string(name.release) + "?");
  }
  return std::pair(running_major, running_minor) >= std::pair(major, minor);
}

std::vector<std::string> open_descriptors() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const fs::path target = fs::read_symlink(entry.path(), gone);
    if (!gone && target.string().find("/proc/") == std::string::npos) {
      found.push_back(entry.path().filename().string() + " -> " + target.string());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace kekkai::kernel_tests
