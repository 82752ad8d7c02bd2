#include "new_file.h"

#include <errno.h>

#include <stdexcept>

namespace kekkai::cli {

template <class Run>
void NewFile::in_callers_words(Run run) {
  try {
    run();
  } catch (const SyscallError& e) {
    throw std::invalid_argument(shown_ + ": " + e.what());
  }
}

NewFile::NewFile(Dispatcher& k, const std::string& option, const std::string& path)
    : k_(k), shown_(option + " " + path) {
  const size_t slash = path.rfind('/');
  name_ = path.substr(slash + 1);
  in_callers_words([&] {
    const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
    directory_ =
        k.openat2(Fd::cwd(), directory, Open::kPath | Open::kDirectory, Resolve::kAnywhere);
  });
}

void NewFile::create() {
  in_callers_words([&] {
    try {
      k_.unlinkat(directory_, name_);
    } catch (const SyscallError& e) {
      if (e.error() != ENOENT) throw;
    }
    file_ = k_.openat2(directory_, name_, Open::kWriteOnly | Open::kCreate | Open::kExclusive,
                       Resolve::kBeneath | Resolve::kNoSymlinks, 0644);
  });
}

void NewFile::write(const std::string& text) {
  in_callers_words([&] { write_all(k_, file_, text); });
}

void NewFile::remove() noexcept {
  try {
    const FileStatus ours = k_.statx(file_);
    const FileStatus there = k_.statx(k_.openat2(directory_, name_, Open::kPath | Open::kNoFollow,
                                                 Resolve::kBeneath | Resolve::kNoMagicLinks));
    if (there.dev == ours.dev && there.ino == ours.ino) k_.unlinkat(directory_, name_);
  } catch (const SyscallError&) {
    // Somebody has removed it already.
  }
}

}  // namespace kekkai::cli
