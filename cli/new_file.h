// Files that kekkai writes, perhaps where the program can write too.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <string>

namespace kekkai::cli {

/// A name in a directory. A file of ours takes the place of what has that name, all at once; a link
/// is never followed, so that nobody can lead us elsewhere. A device is left alone.
class NewFile {
 public:
  /// Opens the directory, and sees that a file can be made there. `path` is absolute. Throws
  /// std::invalid_argument that begins with `option`, "--pid-file", here and later.
  NewFile(Dispatcher& k, const std::string& option, const std::string& path, mode_t mode = 0644);

  /// Makes the file with this content; what goes wrong leaves what was there.
  void create(const std::string& text = {});
  /// Adds to what was created.
  void write(const std::string& text);
  /// Removes the name where it still is that of the file that was created.
  void remove() noexcept;

 private:
  template <class Run>
  void in_callers_words(Run run);
  void require_no_device();
  void make_draft();
  void try_remove(const std::string& name) noexcept;

  Dispatcher& k_;
  std::string shown_;
  mode_t mode_;
  std::string name_;
  std::string draft_;  // its name until it is complete
  UniqueFd directory_;
  UniqueFd file_;
};

/// A file that names a process for as long as this object lives. It is made before any program
/// runs that could put something else in its place.
class PidFile {
 public:
  PidFile(Dispatcher& k, const std::string& path) : file_(k, "--pid-file", path) { file_.create(); }
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile() { file_.remove(); }

  void write(pid_t pid) { file_.write(std::to_string(pid) + "\n"); }

 private:
  NewFile file_;
};

}  // namespace kekkai::cli
