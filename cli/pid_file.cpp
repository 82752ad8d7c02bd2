#include "pid_file.h"

#include <errno.h>

#include <stdexcept>

namespace kekkai::cli {

PidFile::PidFile(Dispatcher& k, const std::string& path) : k_(k) {
  const size_t slash = path.rfind('/');
  name_ = path.substr(slash + 1);
  try {
    const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
    directory_ =
        k.openat2(Fd::cwd(), directory, Open::kPath | Open::kDirectory, Resolve::kAnywhere);
    create();
  } catch (const SyscallError& e) {
    throw std::invalid_argument("--pid-file " + path + ": " + e.what());
  }
}

void PidFile::create() {
  try {
    k_.unlinkat(directory_, name_);
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT) throw;
  }
  file_ = k_.openat2(directory_, name_, Open::kWriteOnly | Open::kCreate | Open::kExclusive,
                     Resolve::kBeneath | Resolve::kNoSymlinks, 0644);
}

PidFile::~PidFile() {
  try {
    const FileStatus ours = k_.statx(file_);
    const FileStatus there = k_.statx(k_.openat2(directory_, name_, Open::kPath | Open::kNoFollow,
                                                 Resolve::kBeneath | Resolve::kNoMagicLinks));
    if (there.dev == ours.dev && there.ino == ours.ino) k_.unlinkat(directory_, name_);
  } catch (const SyscallError&) {
    // Somebody has removed it already.
  }
}

void PidFile::write(pid_t pid) { write_all(k_, file_, std::to_string(pid) + "\n"); }

}  // namespace kekkai::cli
