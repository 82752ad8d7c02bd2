#include "bwrap_caller.h"

#include "terminal.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace kekkai::cli {
namespace {

std::string read_proc(Dispatcher& k, const char* path) {
  return read_text(k, k.openat2(Fd::cwd(), path, Open::kReadOnly, Resolve::kAnywhere));
}

// Beside 0, 1 and 2, which are open always. There are seldom any, and since Linux 6.2 the size of
// the directory tells how many (proc_pid_fd(5)): listing takes much longer.
std::vector<int> open_descriptors(Dispatcher& k) {
  const UniqueFd directory =
      k.openat2(Fd::cwd(), "/proc/self/fd", Open::kReadOnly | Open::kDirectory, Resolve::kAnywhere);
  if (k.statx(directory).size == 4) return {};  // with that of the directory
  std::vector<int> descriptors;
  for (const std::string& name : k.getdents64(directory)) {
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number > 2 && number != directory.number()) descriptors.push_back(number);
  }
  std::ranges::sort(descriptors);
  return descriptors;
}

std::string working_directory(Dispatcher& k) {
  try {
    std::string directory = k.getcwd();
    return directory.starts_with('/') ? directory : std::string();  // "(unreachable)…"
  } catch (const SyscallError&) {
    return {};  // removed below our feet
  }
}

bool has_line(const std::string& text, std::string_view end) {
  return text.find(std::string(end) + "\n") != text.npos;
}

}  // namespace

BwrapCaller look_at_bwrap_caller(Dispatcher& k, const BwrapOptions& options) {
  BwrapCaller caller;
  caller.descriptors = open_descriptors(k);
  caller.uid = k.getresuid().real;
  caller.gid = k.getresgid().real;
  if (caller.uid == 0 || std::ranges::any_of(options.capabilities, &BwrapCapabilities::keep)) {
    caller.capabilities = k.capget().effective;
    caller.known_capabilities = (uint64_t{2} << k.last_capability()) - 1;
  }
  caller.directory = working_directory(k);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == text.npos) continue;
    caller.env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  if (options.unshare_user_try) {
    caller.has_user_namespaces = read_proc(k, "/proc/sys/user/max_user_namespaces") != "0\n";
  }
  if (options.exec_label || options.file_label) {
    caller.has_selinux = has_line(read_proc(k, "/proc/filesystems"), "\tselinuxfs");
  }
  caller.has_terminal = !options.new_session && can_keep_terminal(k);
  return caller;
}

ReadDescriptor descriptor_reader(Dispatcher& k) {
  return [&k](int number) {
    return read_text(k, Fd(number, "descriptor " + std::to_string(number)),
                     std::numeric_limits<size_t>::max());
  };
}

}  // namespace kekkai::cli
