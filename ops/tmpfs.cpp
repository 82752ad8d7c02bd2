#include <kekkai/ops/contents.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/tmpfs.h>

#include <fmt/format.h>

namespace kekkai::ops {
namespace {

constexpr uint32_t kPermissions = 07777;
constexpr uint64_t kMostBytes = INT64_MAX;  // the kernel would take a larger one for another

}  // namespace

void Tmpfs::check() const {
  if (mode > kPermissions) {
    throw Refusal(fmt::format("the mode of a tmpfs is at most 7777 in octal, and not {:o}", mode));
  }
  if (size > kMostBytes) {
    throw Refusal(
        fmt::format("the size of a tmpfs is at most {} bytes, and not {}", kMostBytes, size));
  }
}

void Tmpfs::apply(SetupState& state, Dispatcher& k) const {
  if (optional && !state.sysroot.open_if_present(k, path)) return;
  std::vector<std::pair<std::string, std::string>> options{{"mode", fmt::format("{:o}", mode)}};
  if (size != 0) options.emplace_back("size", fmt::format("{}", size));
  constexpr MountAttr kAttributes = MountAttr::kNoSuid | MountAttr::kNoDev;
  state.sysroot.attach(k, make_file_system(k, "tmpfs", options, kAttributes),
                       {.path = path,
                        .attributes = read_only ? kAttributes | MountAttr::kReadOnly : kAttributes,
                        .contents = Contents::kOwn,
                        .sealed = read_only});
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Tmpfs, "tmpfs")
