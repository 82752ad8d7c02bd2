#include <kekkai/ops/contents.h>
#include <kekkai/ops/cover.h>
#include <kekkai/ops/proc.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/source.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace kekkai::ops {
namespace {

constexpr MountAttr kProcAttributes = MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;
constexpr std::string_view kAllCovers = "all";
constexpr std::array<std::string_view, 11> kReadOnlyCovers{
    "sys",    "sysrq-trigger", "irq",           "bus",           "fs",  "acpi",
    "asound", "driver",        "dynamic_debug", "latency_stats", "scsi"};
constexpr std::array<std::string_view, 4> kHidepids{"off", "noaccess", "invisible", "ptraceable"};
constexpr std::array<std::string_view, 3> kEmptyCovers{"kcore", "keys", "timer_list"};

}  // namespace

void Proc::early(SetupState& state, Dispatcher& k) {
  for (const std::string& name : open) {
    if (name == kAllCovers) continue;
    if (std::ranges::find(kReadOnlyCovers, name) == kReadOnlyCovers.end() &&
        std::ranges::find(kEmptyCovers, name) == kEmptyCovers.end()) {
      throw Refusal("\"" + name + "\" is not a covered part of /proc");
    }
  }
  if (!state.shares_pids) return;
  if (pids_only || !hidepid.empty()) {
    throw Refusal("without a pid namespace of its own a container sees the host's proc as it is");
  }
  host_tree = clone_source(k, open_source(k, "/proc"), kProcAttributes);
}

void Proc::check() const {
  if (!hidepid.empty() && std::ranges::find(kHidepids, hidepid) == kHidepids.end()) {
    throw Refusal("hidepid is off, noaccess, invisible or ptraceable, and not \"" + hidepid + "\"");
  }
}

void Proc::apply(SetupState& state, Dispatcher& k) {
  std::vector<std::pair<std::string, std::string>> options;
  if (pids_only) options.emplace_back("subset", "pid");
  if (!hidepid.empty()) options.emplace_back("hidepid", hidepid);
  UniqueFd tree =
      *host_tree ? std::move(*host_tree) : make_file_system(k, "proc", options, kProcAttributes);
  state.sysroot.attach(k, std::move(tree), {.path = path, .attributes = kProcAttributes});
  const auto is_covered = [&](std::string_view name) {
    return std::ranges::find(open, name) == open.end() &&
           std::ranges::find(open, kAllCovers) == open.end();
  };
  for (const std::string_view name : kReadOnlyCovers) {
    if (is_covered(name)) cover_read_only(state, k, path / name);
  }
  for (const std::string_view name : kEmptyCovers) {
    if (is_covered(name)) cover_with_nothing(state, k, path / name);
  }
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Proc, "proc")
