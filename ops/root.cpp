#include <kekkai/ops/register.h>
#include <kekkai/ops/root.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/ops/source.h>

#include <errno.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace kekkai::ops {
namespace {

constexpr std::array<std::string_view, 5> kLeftOut{"proc", "dev", "tmp", "mnt", "etc"};

MountAttr attributes(const Root& root) {
  const MountAttr safe = MountAttr::kNoSuid | MountAttr::kNoDev;
  return root.writable ? safe : safe | MountAttr::kReadOnly;
}

// Nothing is followed here: a link is only read.
std::optional<Root::Entry> pin(Dispatcher& k, Fd directory, const std::string& name,
                               MountAttr attr) {
  UniqueFd found;
  try {
    found = k.openat2(directory, name, Open::kPath | Open::kNoFollow, Resolve::kBeneath);
  } catch (const SyscallError& e) {
    if (e.error() == ENOENT) return std::nullopt;
    throw;
  }
  const mode_t mode = k.statx(found).mode;
  Root::Entry entry{.name = name};
  if (S_ISLNK(mode)) {
    entry.link = k.readlinkat(directory, name);
  } else {
    entry.tree = clone_source(k, found, attr);
  }
  return entry;
}

}  // namespace

void Root::early(SetupState& /*state*/, Dispatcher& k) {
  const UniqueFd directory = open_source_directory(k, source);
  std::vector<Entry> pinned;
  for (const std::string& name : names_in_order(k, directory)) {
    if (std::ranges::find(kLeftOut, name) != kLeftOut.end()) continue;
    if (auto entry = pin(k, directory, name, attributes(*this))) {
      pinned.push_back(std::move(*entry));
    }
  }
  entries = std::move(pinned);
}

void Root::apply(SetupState& state, Dispatcher& k) {
  state.sysroot.seal_root(k);
  for (Entry& entry : *entries) {
    const ContainerPath path = ContainerPath() / entry.name;
    if (!entry.link.empty()) {
      state.sysroot.symlink(k, entry.link, path);
    } else {
      state.sysroot.attach(k, std::move(entry.tree),
                           {.path = path, .attributes = attributes(*this)});
    }
  }
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Root, "root")
