// The list of ops that makes a container, and its builder.
#pragma once

#include <kekkai/ops/bind.h>
#include <kekkai/ops/cgroup2.h>
#include <kekkai/ops/chmod.h>
#include <kekkai/ops/daemon.h>
#include <kekkai/ops/dev.h>
#include <kekkai/ops/etc.h>
#include <kekkai/ops/file.h>
#include <kekkai/ops/hold.h>
#include <kekkai/ops/lock.h>
#include <kekkai/ops/mask.h>
#include <kekkai/ops/mkdir.h>
#include <kekkai/ops/mqueue.h>
#include <kekkai/ops/op.h>
#include <kekkai/ops/overlay.h>
#include <kekkai/ops/proc.h>
#include <kekkai/ops/read_only.h>
#include <kekkai/ops/remount.h>
#include <kekkai/ops/root.h>
#include <kekkai/ops/symlink.h>
#include <kekkai/ops/sysfs.h>
#include <kekkai/ops/tmpfs.h>
#include <kekkai/ops/wait.h>

#include <memory>
#include <vector>

namespace kekkai {

/// Ops in the order in which they are carried out. A value: copies and compares deeply.
///
///     Ops ops;
///     ops.bind({.source = "/usr", .target = "/usr"}).tmpfs({.path = "/tmp", .mode = 01777});
class Ops {
 public:
  Ops() = default;
  Ops(const Ops& other);
  Ops& operator=(const Ops& other);
  Ops(Ops&&) noexcept = default;
  Ops& operator=(Ops&&) noexcept = default;
  ~Ops() = default;

  Ops& bind(ops::Bind op) { return add(std::move(op)); }
  Ops& cgroup2(ops::Cgroup2 op = {}) { return add(std::move(op)); }
  Ops& chmod(ops::Chmod op) { return add(std::move(op)); }
  Ops& daemon(ops::Daemon op) { return add(std::move(op)); }
  Ops& dev(ops::Dev op = {}) { return add(std::move(op)); }
  Ops& etc(ops::Etc op = {}) { return add(std::move(op)); }
  Ops& file(ops::File op) { return add(std::move(op)); }
  Ops& hold(ops::Hold op) { return add(std::move(op)); }
  Ops& lock(ops::Lock op) { return add(std::move(op)); }
  Ops& mask(ops::Mask op) { return add(std::move(op)); }
  Ops& mkdir(ops::Mkdir op) { return add(std::move(op)); }
  Ops& mqueue(ops::Mqueue op = {}) { return add(std::move(op)); }
  Ops& overlay(ops::Overlay op) { return add(std::move(op)); }
  Ops& proc(ops::Proc op = {}) { return add(std::move(op)); }
  Ops& read_only(ops::ReadOnly op) { return add(std::move(op)); }
  Ops& remount(ops::Remount op) { return add(std::move(op)); }
  Ops& root(ops::Root op = {}) { return add(std::move(op)); }
  Ops& symlink(ops::Symlink op) { return add(std::move(op)); }
  Ops& sysfs(ops::Sysfs op = {}) { return add(std::move(op)); }
  Ops& tmpfs(ops::Tmpfs op) { return add(std::move(op)); }
  Ops& wait(ops::Wait op) { return add(std::move(op)); }

  /// Adds any op, also one of your own; it must be registered (register.h) in init's program too.
  /// Throws Refusal where the op checks itself and its fields do not fit together, and for a
  /// second one of a kind that may be there only once.
  template <class Spec>
  Ops& add(Spec op) {
    if constexpr (HasCheck<Spec>) op.check();
    take(std::make_unique<OpOf<Spec>>(std::move(op)));
    return *this;
  }

  /// Adds all of another list. Throws as add() does, and adds nothing then.
  Ops& append(const Ops& other);

  size_t size() const { return list_.size(); }
  Op& operator[](size_t index) { return *list_[index]; }
  const Op& operator[](size_t index) const { return *list_[index]; }
  bool operator==(const Ops& other) const;

  /// Descriptors of the launcher's process that the ops need, each once, in ascending order.
  std::vector<int> descriptors() const;

  /// The list as bytes, for the setup stream.
  std::string encode() const;
  /// The list that encode() made. Throws std::exception of some kind for anything else: unknown
  /// ops, null ops, a second one of what may be there once, sizes that the bytes do not hold,
  /// trailing bytes, paths that are none.
  static Ops decode(std::string_view bytes);

 private:
  void take(std::unique_ptr<Op> op);

  std::vector<std::unique_ptr<Op>> list_;
};

}  // namespace kekkai
