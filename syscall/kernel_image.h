// This process's own program, mapped anew from another mount of its file. Private to the kernel's
// own files.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace kekkai {

/// Whole pages of the program's file, as they are mapped.
struct ImagePart {
  char* begin;
  size_t size;
  off_t offset;
  int protection;
};

/// What run_from() needs to know.
struct OwnImage {
  std::vector<ImagePart> parts;
  char* relocated = nullptr;  ///< Written to for the last time before main(): PT_GNU_RELRO.
  size_t relocated_size = 0;
  dev_t device = 0;
  ino_t inode = 0;
};

/// Throws SyscallError.
OwnImage describe_own_image();

/// Makes `clone`, a detached mount of our program's file (O_PATH), what /proc/PID/exe leads to, and
/// `words` what /proc/PID/cmdline shows; they have to stay where they are. The kernel has one
/// condition (prctl(2), PR_SET_MM_EXE_FILE): nothing may be mapped any more from the mount that the
/// file was executed from. It is the same file, so code is mapped over itself; data is moved to
/// memory that belongs to no file. For a process of one thread that may make mounts. Throws
/// SyscallError: ESTALE where it is another file.
void run_from(int clone, const OwnImage& image, const std::string& words);

}  // namespace kekkai
