#include <kekkai/ops/source.h>
#include <kekkai/ops/terminal.h>

namespace kekkai {

UniqueFd clone_console(Dispatcher& k) {
  for (const Fd stdio : {Fd(0, "stdin"), Fd(1, "stdout"), Fd(2, "stderr")}) {
    if (!k.is_terminal(stdio)) continue;
    const std::string path =
        k.readlinkat(Fd::cwd(), "/proc/self/fd/" + std::to_string(stdio.number));
    // The other one: where the caller is in a container with this terminal itself.
    for (const std::string& candidate : {path, std::string("/dev/console")}) {
      if (const UniqueFd found = try_reopen(k, stdio, candidate)) {
        return clone_source(k, found, MountAttr::kNoSuid | MountAttr::kNoExec);
      }
    }
  }
  return {};
}

}  // namespace kekkai
