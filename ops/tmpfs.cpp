#include <kekkai/ops/contents.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/tmpfs.h>

#include <fmt/format.h>

namespace kekkai::ops {

void Tmpfs::apply(SetupState& state, Dispatcher& k) const {
  std::vector<std::pair<std::string, std::string>> options{{"mode", fmt::format("{:o}", mode)}};
  if (size != 0) options.emplace_back("size", fmt::format("{}", size));
  constexpr MountAttr kAttributes = MountAttr::kNoSuid | MountAttr::kNoDev;
  state.sysroot.attach(k, make_file_system(k, "tmpfs", options, kAttributes),
                       {.path = path, .attributes = kAttributes, .contents = Contents::kOwn});
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Tmpfs, "tmpfs")
