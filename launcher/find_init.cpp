#include <kekkai/launcher/container.h>
#include <kekkai/ops/refusal.h>

#include <errno.h>

namespace kekkai {

std::string find_own_program(Dispatcher& k) { return k.readlinkat(Fd::cwd(), "/proc/self/exe"); }

std::string find_init(Dispatcher& k) {
  const std::string program = find_own_program(k);
  const std::string directory = program.substr(0, program.rfind('/'));
  const std::string beside = directory + "/kekkai-init";
  const std::string libexec = directory + "/../libexec/kekkai/kekkai-init";
  for (const std::string& path : {beside, libexec}) {
    try {
      k.access_executable(Fd::cwd(), path);
      return path;
    } catch (const SyscallError& e) {
      if (e.error() != ENOENT && e.error() != ENOTDIR) throw;
    }
  }
  throw Refusal("kekkai-init is missing: it is neither " + beside + " nor " + libexec);
}

}  // namespace kekkai
