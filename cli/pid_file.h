#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <string>

namespace kekkai::cli {

/// A file that names a process for as long as this object lives. It is made before any program
/// runs that could put something else in its place: what was there is replaced, never followed, and
/// only this very file is removed at the end.
class PidFile {
 public:
  /// `path` is absolute. Throws std::invalid_argument.
  PidFile(Dispatcher& k, const std::string& path);
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile();

  void write(pid_t pid);

 private:
  void create();

  Dispatcher& k_;
  std::string name_;
  UniqueFd directory_;
  UniqueFd file_;
};

}  // namespace kekkai::cli
