#include <kekkai/ops/contents.h>
#include <kekkai/ops/etc.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/source.h>

#include <errno.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace kekkai::ops {
namespace {

constexpr MountAttr kTmpfsAttributes = MountAttr::kNoSuid | MountAttr::kNoDev;
constexpr MountAttr kAttributes = kTmpfsAttributes | MountAttr::kReadOnly;
constexpr std::string_view kHost = ".host";
// The first is where another mirror of this kind has its bind.
constexpr std::array<std::string_view, 4> kLeftOut{kHost, "mtab", "passwd", "group"};

bool is_name(const std::string& text) {
  return !text.empty() && text != "." && text != ".." && text.size() <= 255 &&
         text.find_first_of(std::string_view("/\0", 2)) == text.npos;
}

// A relative link of /etc, like localtime, means something in /etc only: it is made again there.
std::string target_for(Dispatcher& k, Fd directory, const std::string& prefix,
                       const std::string& name) {
  try {
    return k.readlinkat(directory, name);
  } catch (const SyscallError& e) {
    if (e.error() != EINVAL && e.error() != ENOENT) throw;  // it is no link, or gone meanwhile
  }
  return std::string(kHost) + "/" + prefix + "/" + name;
}

}  // namespace

void Etc::check() const {
  if (!is_name(prefix)) throw Refusal("\"" + prefix + "\" is not a name for a directory");
}

void Etc::early(SetupState& /*state*/, Dispatcher& k) {
  const UniqueFd directory = open_source_directory(k, source);
  std::vector<Link> found;
  for (const std::string& name : names_in_order(k, directory)) {
    if (std::ranges::find(kLeftOut, name) != kLeftOut.end()) continue;
    found.emplace_back(name, target_for(k, directory, prefix, name));
  }
  found.emplace_back("mtab", "/proc/mounts");
  tree = clone_source(k, directory, kAttributes);
  links = std::move(found);
}

void Etc::apply(SetupState& state, Dispatcher& k) {
  const ContainerPath etc("/etc");
  UniqueFd own = make_file_system(k, "tmpfs", {{"mode", "755"}}, kTmpfsAttributes);
  // Nobody else has it yet, so there is nothing on the way to them.
  for (const auto& [name, target] : *links) k.symlinkat(target, own, name);
  state.sysroot.attach(
      k, std::move(own),
      {.path = etc, .attributes = kAttributes, .contents = Contents::kOwn, .sealed = true});
  state.sysroot.attach(k, std::move(*tree),
                       {.path = etc / kHost / prefix, .attributes = kAttributes});
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Etc, "etc")
