// The calls on mounts.
#include "fake_kernel_step.h"

#include <errno.h>
#include <linux/capability.h>

namespace kekkai::testing {
namespace {

constexpr size_t kLongestValue = 255;  // fsconfig(2)

// "" or " recursive".
std::string reach_text(Reach reach) { return reach == Reach::kRecursive ? " recursive" : ""; }

}  // namespace

// Whoever changes mounts needs this in the user namespace: mount_namespaces(7).
void FakeKernel::require(unsigned capability) const {
  if (!view_.credentials.has(capability)) throw Errno{EPERM};
}

UniqueFd FakeKernel::open_tree(Fd source, Reach reach) {
  const std::string label(source.label);
  return step("open_tree " + label, reach_text(reach), [&] {
    require(CAP_SYS_ADMIN);
    return own({.label = label, .place = mounts().clone(view_, place_of(source), reach)});
  });
}

void FakeKernel::mount_setattr(Fd mount, MountAttr set, Propagation propagation, Reach reach) {
  std::string operands;
  if (set != MountAttr::kNone) operands += " " + names(set);
  if (propagation != Propagation::kKeep) operands += " " + names(propagation);
  step("mount_setattr " + std::string(mount.label), operands + reach_text(reach), [&] {
    require(CAP_SYS_ADMIN);
    mounts().set_attributes(view_, place_of(mount), set, propagation, reach);
  });
}

UniqueFd FakeKernel::fsopen(const std::string& type) {
  return step("fsopen " + type, "", [&] {
    require(CAP_SYS_ADMIN);
    return own({.label = type, .file_system = type});
  });
}

void FakeKernel::fsconfig_string(Fd fs, const std::string& key, const std::string& value,
                                 const std::string& shown) {
  const bool is_shown = !shown.empty();
  step("fsconfig " + std::string(fs.label) + " " + key + "=" + (is_shown ? shown : value),
       is_shown ? " (" + value + ")" : "", [&] {
         if (get(fs).made != nullptr) throw Errno{EBUSY};
         if (value.size() > kLongestValue) throw Errno{EINVAL};
         get(fs).options.emplace_back(key, value);
       });
}

void FakeKernel::fsconfig_flag(Fd fs, const std::string& key) {
  step("fsconfig " + std::string(fs.label) + " " + key, "", [&] { get(fs); });
}

void FakeKernel::fsconfig_create(Fd fs) {
  step("fsconfig create " + std::string(fs.label), "", [&] {
    Descriptor& context = get(fs);
    if (context.made != nullptr) throw Errno{EBUSY};
    context.made = make_file_system(context);
  });
}

UniqueFd FakeKernel::fsmount(Fd fs, MountAttr attr) {
  const std::string label(fs.label);
  return step("fsmount " + label, attr == MountAttr::kNone ? "" : " " + names(attr), [&] {
    FakeFileSystem* made = get(fs).made;
    if (made == nullptr) throw Errno{EINVAL};
    return own({.label = label, .place = mounts().mount_tree(*made, attr)});
  });
}

void FakeKernel::move_mount(Fd mount, Fd target) {
  step("move_mount " + std::string(mount.label) + " -> " + std::string(target.label), "", [&] {
    require(CAP_SYS_ADMIN);
    mounts().attach(view_, place_of(mount), place_of(target));
  });
}

void FakeKernel::pivot_root(const std::string& put_old) {
  step("pivot_root " + put_old, "", [&] {
    require(CAP_SYS_ADMIN);
    mounts().pivot_root(view_, put_old);
  });
}

void FakeKernel::detach_working_directory() {
  step("umount2", "", [&] {
    require(CAP_SYS_ADMIN);
    mounts().detach_working_directory(view_);
  });
}

}  // namespace kekkai::testing
