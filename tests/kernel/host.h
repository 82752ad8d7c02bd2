// The host side of a test: descriptors, scratch folders, forked helpers, and a look at what is
// outside of the container.
#pragma once

#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace kekkai::kernel_tests {

/// How long something that must happen may take, on a machine with other things to do.
inline constexpr std::chrono::seconds kPatience{30};

/// A descriptor of the test's own.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd() { reset(); }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  OwnedFd read, write;
};
Pipe make_pipe();
/// A file in memory that holds `text`.
OwnedFd make_memory_file(const std::string& text = {});
/// The whole of it, wherever its offset is.
std::string text_of(const OwnedFd& memory_file);
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

/// Whether `fd` becomes readable, or hangs up, within `limit`.
bool is_readable_within(int fd, std::chrono::milliseconds limit);
/// Whether all holders of a pipe's write end go away; what they write is thrown away.
bool ends_within(int fd, std::chrono::milliseconds limit = kPatience);
/// A line without its end; empty when there is none in time.
std::string read_line(int fd);

/// A folder below TMPDIR that is gone with this object.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string make_directory(const std::string& name) const;
  std::string make_file(const std::string& name, const std::string& text) const;
  std::string make_link(const std::string& name, const std::string& target) const;

 private:
  std::string path_;
};

/// Names, types, modes, owners, sizes, targets and contents below `directory`, and the mounts of
/// this process: two of them are equal when nothing was changed.
std::string host_snapshot(const std::string& directory);

/// A forked copy of this process that carries out `run` and ends; it holds all our descriptors.
class Helper {
 public:
  explicit Helper(const std::function<void()>& run);
  /// With new namespaces: flags of clone(2).
  Helper(const std::function<void()>& run, unsigned long namespaces);
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;
  ~Helper();
  pid_t pid() const { return pid_; }
  void kill() const;
  /// Its wait status.
  int wait();

 private:
  pid_t pid_ = -1;
};

/// Carries out `run`, with its expectations, in a process of its own.
void in_child(const std::function<void()>& run);

/// The same as uid 0 of a new user namespace, with a mount namespace that it may change.
void in_child_with_own_mounts(const std::function<void()>& run);
bool is_root();
/// Whether the running kernel is Linux `major`.`minor` or newer.
bool linux_is_at_least(int major, int minor);

std::vector<std::string> open_descriptors();

}  // namespace kekkai::kernel_tests
