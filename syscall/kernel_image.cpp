#include "kernel_image.h"

#include <kekkai/syscall/syscall_error.h>

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace kekkai {
namespace {

uintptr_t number(const void* address) { return reinterpret_cast<uintptr_t>(address); }  // NOLINT
char* pointer(uintptr_t address) { return reinterpret_cast<char*>(address); }           // NOLINT

uintptr_t page_below(uintptr_t address) {
  return address & ~(static_cast<uintptr_t>(::getpagesize()) - 1);
}

void require(bool good, const char* call) {
  if (!good) throw SyscallError(errno, call);
}

ImagePart part_of(const ElfW(Phdr) & header, uintptr_t base) {
  const uintptr_t begin = page_below(base + header.p_vaddr);
  const uintptr_t end = base + header.p_vaddr + header.p_filesz;
  const uintptr_t end_page = page_below(end + static_cast<uintptr_t>(::getpagesize()) - 1);
  return {.begin = pointer(begin),
          .size = end_page - begin,
          .offset = static_cast<off_t>(page_below(header.p_offset)),
          .protection = ((header.p_flags & PF_R) != 0 ? PROT_READ : 0) |
                        ((header.p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
                        ((header.p_flags & PF_X) != 0 ? PROT_EXEC : 0)};
}

// The first object that is told of is the program itself (dl_iterate_phdr(3)).
int read_program_headers(dl_phdr_info* program, size_t /*size*/, void* result) {
  auto& image = *static_cast<OwnImage*>(result);
  for (int i = 0; i < program->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = program->dlpi_phdr[i];
    if (header.p_type == PT_LOAD && header.p_filesz != 0) {
      image.parts.push_back(part_of(header, program->dlpi_addr));
    } else if (header.p_type == PT_GNU_RELRO) {
      const uintptr_t begin = page_below(program->dlpi_addr + header.p_vaddr);
      const uintptr_t end = page_below(program->dlpi_addr + header.p_vaddr + header.p_memsz);
      image.relocated = pointer(begin);
      image.relocated_size = end - begin;
    }
  }
  return 1;
}

// A sanitizer has poisoned what lies between variables, and would take the place of memcpy().
__attribute__((no_sanitize("address", "thread"))) void copy_words(void* to, const void* from,
                                                                  size_t size) {
  auto* target = static_cast<volatile uint64_t*>(to);
  const auto* source = static_cast<const uint64_t*>(from);
  for (size_t i = 0; i < size / sizeof *source; ++i) target[i] = source[i];
}

// Nothing is written to the data between its copy and the move: what could, is local.
void move_from_file(const ImagePart& part) {
  void* const memory = ::mmap(nullptr, part.size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  require(memory != MAP_FAILED, "mmap (data)");
  copy_words(memory, part.begin, part.size);
  require(::mremap(memory, part.size, part.size, MREMAP_MAYMOVE | MREMAP_FIXED, part.begin) !=
              MAP_FAILED,
          "mremap (data)");
}

void map_anew(const OwnImage& image, int file) {
  for (const ImagePart& part : image.parts) {
    if ((part.protection & PROT_WRITE) != 0) {
      move_from_file(part);
      continue;
    }
    // Past ThreadSanitizer, which takes a mapping for a write to all of it.
    require(::syscall(SYS_mmap, part.begin, part.size, part.protection, MAP_PRIVATE | MAP_FIXED,
                      file, part.offset) != -1,
            "mmap (code)");
  }
  require(::mprotect(image.relocated, image.relocated_size, PROT_READ) == 0, "mprotect");
}

// All of it is set or nothing. The heap may grow on from where it ends; the rest is only shown.
void set_executed_file(int file, const OwnImage& image, const std::string& words) {
  const uint64_t heap = number(::sbrk(0));
  prctl_mm_map map{};
  map.start_code = number(image.parts.front().begin);
  map.end_code = map.start_data = map.end_data = map.start_code + image.parts.front().size;
  map.start_brk = map.brk = heap;
  map.start_stack = number(&map);
  map.arg_start = number(words.c_str());
  map.arg_end = map.env_start = map.env_end = map.arg_start + words.size() + 1;
  map.exe_fd = static_cast<uint32_t>(file);
  require(::prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) == 0, "prctl PR_SET_MM_MAP");
}

}  // namespace

OwnImage describe_own_image() {
  struct stat program {};
  require(::stat("/proc/self/exe", &program) == 0, "stat");
  OwnImage image{.device = program.st_dev, .inode = program.st_ino};
  ::dl_iterate_phdr(read_program_headers, &image);
  return image;
}

void run_from(int clone, const OwnImage& image, const std::string& words) {
  const std::string path = "/proc/self/fd/" + std::to_string(clone);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  require(file >= 0, "open");
  struct stat program {};
  require(::fstat(file, &program) == 0, "fstat");
  if (program.st_dev != image.device || program.st_ino != image.inode) {
    throw SyscallError(ESTALE, "fstat");
  }
  map_anew(image, file);
  set_executed_file(file, image, words);
  ::close(file);
}

}  // namespace kekkai
