#include <kekkai/ops/overlay.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/ops/source.h>

#include <errno.h>
#include <sys/stat.h>

#include <string_view>

namespace kekkai::ops {
namespace {

constexpr size_t kMostLowers = 500;    // OVL_MAX_STACK of the kernel
constexpr size_t kLongestValue = 255;  // of fsconfig(2)
constexpr mode_t kPermissions = 07777;

struct Layers {
  std::string names;  // as the kernel gets them, separated by ":"
  std::string shown;
};

// A layer by its descriptor, as the kernel finds it from the intermediate root. So nothing is
// resolved a second time, and no character of a path has to be escaped.
std::string layer_name(Fd layer) { return "/host/proc/self/fd/" + std::to_string(layer.number); }

UniqueFd open_directory(Dispatcher& k, const HostPath& path) {
  UniqueFd found = open_source(k, path);
  if (!S_ISDIR(k.statx(found).mode)) throw Refusal(path.str() + " is not a directory");
  return found;
}

UniqueFd make_layer(SetupState& state, Dispatcher& k, mode_t mode) {
  const std::string name = "content-" + std::to_string(state.contents_made++);
  k.mkdirat(state.intermediate_root, name, mode);
  return k.openat2(state.intermediate_root, name, Open::kPath | Open::kDirectory,
                   Resolve::kBeneath | Resolve::kNoSymlinks);
}

// Linux 6.7 takes lower directories one by one. Older ones refuse the key (6.5), or take any key
// without looking (6.1): only where it is known does the value matter.
bool takes_single_lowers(Dispatcher& k) {
  const UniqueFd context = k.fsopen("overlay");
  try {
    k.fsconfig_string(context, "lowerdir+", "/host/proc/self/fd/none");
  } catch (const SyscallError& e) {
    return e.error() == ENOENT;
  }
  return false;
}

Layers join(const std::vector<UniqueFd>& layers) {
  Layers joined;
  for (const UniqueFd& layer : layers) {
    const std::string_view separator = joined.names.empty() ? "" : ":";
    joined.names.append(separator).append(layer_name(layer));
    joined.shown.append(separator).append(Fd(layer).label);
  }
  return joined;
}

void set_lowers(Dispatcher& k, Fd context, const std::vector<UniqueFd>& layers) {
  const Layers all = join(layers);
  if (all.names.size() <= kLongestValue) {
    k.fsconfig_string(context, "lowerdir", all.names, all.shown);
    return;
  }
  if (!takes_single_lowers(k)) {
    throw Refusal(std::to_string(layers.size()) +
                  " lower directories are too many for this kernel: before Linux 6.7 it takes "
                  "about ten");
  }
  for (const UniqueFd& layer : layers) {
    k.fsconfig_string(context, "lowerdir+", layer_name(layer), std::string(Fd(layer).label));
  }
}

void set_layer(Dispatcher& k, Fd context, const std::string& key, Fd layer) {
  k.fsconfig_string(context, key, layer_name(layer), std::string(layer.label));
}

}  // namespace

void Overlay::check() const {
  if (lowers.empty()) throw Refusal("an overlay needs lowers: a directory at least");
  if (lowers.size() > kMostLowers) {
    throw Refusal("an overlay takes " + std::to_string(kMostLowers) +
                  " directories in lowers at most, and these are " + std::to_string(lowers.size()));
  }
  if (upper && !work)
    throw Refusal("an overlay with upper needs work, an empty directory beside it");
  if (work && !upper) throw Refusal("an overlay has work only together with upper");
  if (upper && ephemeral) {
    throw Refusal("an overlay with upper is not ephemeral: its changes stay there");
  }
  if (!upper && !ephemeral && lowers.size() < 2) {
    throw Refusal("a read-only overlay needs two directories in lowers; a bind shows a single one");
  }
}

void Overlay::early(SetupState& /*state*/, Dispatcher& k) {
  std::vector<UniqueFd> found;
  found.reserve(lowers.size());
  for (const HostPath& lower : lowers) found.push_back(open_directory(k, lower));
  lower_directories = std::move(found);
  if (!upper) return;
  upper_directory = open_directory(k, *upper);
  work_directory = open_directory(k, *work);
  // The kernel only says EINVAL.
  if (k.statx(*upper_directory).mount_id != k.statx(*work_directory).mount_id) {
    throw Refusal("the work directory " + work->str() + " and the upper directory " + upper->str() +
                  " have to be on the same mount");
  }
}

void Overlay::apply(SetupState& state, Dispatcher& k) {
  if (ephemeral) {
    // What is seen of the overlay's own directory is the upper one.
    const mode_t mode = k.statx((*lower_directories).front()).mode & kPermissions;
    upper_directory = make_layer(state, k, mode);
    work_directory = make_layer(state, k, 0700);
  }
  const UniqueFd context = k.fsopen("overlay");
  // The marks of overlayfs are trusted.* otherwise, which a user namespace cannot set: to replace
  // a directory would be EIO.
  k.fsconfig_flag(context, "userxattr");
  set_lowers(k, context, *lower_directories);
  if (*upper_directory) {
    set_layer(k, context, "upperdir", *upper_directory);
    set_layer(k, context, "workdir", *work_directory);
  }
  k.fsconfig_create(context);
  state.sysroot.attach(k, k.fsmount(context, attributes()),
                       {.path = path,
                        .attributes = attributes(),
                        .contents = ephemeral ? Contents::kOwn : Contents::kHost});
  (*lower_directories).clear();
  (*upper_directory).reset();
  (*work_directory).reset();
}

MountAttr Overlay::attributes() const {
  const MountAttr attr = MountAttr::kNoSuid | MountAttr::kNoDev;
  return upper || ephemeral ? attr : attr | MountAttr::kReadOnly;
}

std::string Overlay::describe() const {
  std::string text = ephemeral ? "ephemeral overlay of " : "overlay of ";
  if (upper) text += upper->str() + ", ";
  for (const HostPath& lower : lowers) {
    if (&lower != &lowers.front()) text += ", ";
    text += lower.str();
  }
  return text + " on " + path.str();
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Overlay, "overlay")
