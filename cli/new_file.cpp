#include "new_file.h"

#include <errno.h>
#include <sys/stat.h>

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

NewFile::NewFile(Dispatcher& k, const std::string& option, const std::string& path, mode_t mode)
    : k_(k), shown_(option + " " + path), mode_(mode) {
  const size_t slash = path.rfind('/');
  name_ = path.substr(slash + 1);
  draft_ = ".kekkai-" + std::to_string(k.getpid()) + ".new";
  in_callers_words([&] {
    const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
    directory_ =
        k.openat2(Fd::cwd(), directory, Open::kPath | Open::kDirectory, Resolve::kAnywhere);
    require_no_device();
    make_draft();
  });
  try_remove(draft_);
}

// Whoever names /dev/null wants nothing written, and everybody else wants it back.
void NewFile::require_no_device() {
  try {
    const mode_t mode = k_.statx(k_.openat2(directory_, name_, Open::kPath | Open::kNoFollow,
                                            Resolve::kBeneath | Resolve::kNoMagicLinks))
                            .mode;
    if (S_ISCHR(mode) || S_ISBLK(mode)) {
      throw std::invalid_argument(shown_ + ": that is a device, no place for a file");
    }
    if (S_ISDIR(mode)) throw std::invalid_argument(shown_ + ": that is a directory");
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT) throw;
  }
}

void NewFile::make_draft() {
  try_remove(draft_);
  file_ = k_.openat2(directory_, draft_, Open::kWriteOnly | Open::kCreate | Open::kExclusive,
                     Resolve::kBeneath | Resolve::kNoSymlinks, mode_);
}

void NewFile::create(const std::string& text) {
  try {
    in_callers_words([&] {
      require_no_device();
      make_draft();
      write_all(k_, file_, text);
      k_.renameat(directory_, draft_, name_);
    });
  } catch (const std::invalid_argument&) {
    try_remove(draft_);
    throw;
  }
}

void NewFile::try_remove(const std::string& name) noexcept {
  try {
    k_.unlinkat(directory_, name);
  } catch (const SyscallError&) {
    // Mostly there is none.
  }
}

void NewFile::write(const std::string& text) {
  in_callers_words([&] { write_all(k_, file_, text); });
}

void NewFile::remove() noexcept {
  try {
    const FileStatus ours = k_.statx(file_);
    const FileStatus there = k_.statx(k_.openat2(directory_, name_, Open::kPath | Open::kNoFollow,
                                                 Resolve::kBeneath | Resolve::kNoMagicLinks));
    if (there.dev == ours.dev && there.ino == ours.ino) try_remove(name_);
  } catch (const SyscallError&) {
    // Somebody has removed it already.
  }
}

}  // namespace kekkai::cli
