#include <kekkai/ops/contents.h>
#include <kekkai/ops/proc.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/source.h>

#include <errno.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace kekkai::ops {
namespace {

constexpr MountAttr kProcAttributes = MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;
constexpr MountAttr kCoverAttributes = kProcAttributes | MountAttr::kReadOnly;
constexpr std::string_view kAllCovers = "all";
constexpr std::array<std::string_view, 5> kReadOnlyCovers{"sys", "sysrq-trigger", "irq", "bus",
                                                          "fs"};
constexpr std::array<std::string_view, 4> kHidepids{"off", "noaccess", "invisible", "ptraceable"};
constexpr std::array<std::string_view, 3> kEmptyCovers{"kcore", "keys", "timer_list"};

// What is at `path`, if anything: which files proc has depends on the kernel's configuration.
std::optional<UniqueFd> open_if_present(SetupState& state, Dispatcher& k,
                                        const ContainerPath& path) {
  try {
    return state.sysroot.open(k, path);
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT) throw;
    return std::nullopt;
  }
}

void cover_read_only(SetupState& state, Dispatcher& k, const ContainerPath& path) {
  const auto place = open_if_present(state, k, path);
  if (!place) return;
  const MountPoint point = mount_point_for(k.statx(*place).mode);
  state.sysroot.attach(k, clone_source(k, *place, kCoverAttributes),
                       {.path = path, .point = point, .attributes = kCoverAttributes});
}

void cover_with_empty_file(SetupState& state, Dispatcher& k, const ContainerPath& path) {
  if (!open_if_present(state, k, path)) return;
  state.sysroot.attach(k, make_file_mount(state, k, "", 0444, kCoverAttributes),
                       {.path = path, .point = MountPoint::kFile, .attributes = kCoverAttributes});
}

}  // namespace

void Proc::early(SetupState& /*state*/, Dispatcher& /*k*/) {
  for (const std::string& name : open) {
    if (name == kAllCovers) continue;
    if (std::ranges::find(kReadOnlyCovers, name) == kReadOnlyCovers.end() &&
        std::ranges::find(kEmptyCovers, name) == kEmptyCovers.end()) {
      throw Refusal("\"" + name + "\" is not a covered part of /proc");
    }
  }
}

void Proc::check() const {
  if (!hidepid.empty() && std::ranges::find(kHidepids, hidepid) == kHidepids.end()) {
    throw Refusal("hidepid is off, noaccess, invisible or ptraceable, and not \"" + hidepid + "\"");
  }
}

void Proc::apply(SetupState& state, Dispatcher& k) const {
  std::vector<std::pair<std::string, std::string>> options;
  if (pids_only) options.emplace_back("subset", "pid");
  if (!hidepid.empty()) options.emplace_back("hidepid", hidepid);
  state.sysroot.attach(k, make_file_system(k, "proc", options, kProcAttributes),
                       {.path = path, .attributes = kProcAttributes});
  const auto is_covered = [&](std::string_view name) {
    return std::ranges::find(open, name) == open.end() &&
           std::ranges::find(open, kAllCovers) == open.end();
  };
  for (const std::string_view name : kReadOnlyCovers) {
    if (is_covered(name)) cover_read_only(state, k, path / name);
  }
  for (const std::string_view name : kEmptyCovers) {
    if (is_covered(name)) cover_with_empty_file(state, k, path / name);
  }
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Proc, "proc")
