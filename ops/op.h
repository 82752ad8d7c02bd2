// What an op is: one step of building a container, in up to three phases.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kekkai {

class Dispatcher;
struct OpKind;
struct SetupState;

/// One step of a set-up, as init sees it. Ops are written as plain structs (see OpOf).
class Op {
 public:
  virtual ~Op() = default;
  /// In the host's root, before anything changes: look, and pin what will be needed. Must leave the
  /// mount tree as it is.
  virtual void early(SetupState& state, Dispatcher& k) = 0;
  /// In the intermediate root: build the container through `state.sysroot`. /host and /sysroot must
  /// stay mounted.
  virtual void apply(SetupState& state, Dispatcher& k) = 0;
  /// In the container's root, without privileges, before the initial process. Must not change the
  /// state of this process.
  virtual void late(SetupState& state, Dispatcher& k) = 0;
  /// What it does, in the words of the user: "bind /srv/data on /data".
  virtual std::string describe() const = 0;
  /// How it travels; nullptr where it is not registered (register.h).
  virtual const OpKind* kind() const = 0;
  virtual std::unique_ptr<Op> clone() const = 0;
  virtual bool equals(const Op& other) const = 0;
  /// Whether a list holds at most one op of this kind.
  virtual bool only_once() const { return false; }
  /// Descriptors of the launcher's process that the op needs in early: SetupState::handed_in.
  virtual std::vector<int> descriptors() const { return {}; }
  /// Replaces what is for the program alone, such as the content of a file, by as many other bytes.
  virtual void redact() {}
};

/// A check of the fields against each other, which needs no system call: `void check() const`
/// throws Refusal. It is made where the op joins a list, and by init before the early phase.
template <class Spec>
concept HasCheck = requires {
  &Spec::check;
};
template <class Spec>
concept HasEarly = requires {
  &Spec::early;
};
template <class Spec>
concept HasApply = requires {
  &Spec::apply;
};
template <class Spec>
concept HasLate = requires {
  &Spec::late;
};
template <class Spec>
concept HasDescriptors = requires {
  &Spec::descriptors;
};
template <class Spec>
concept HasRedact = requires {
  &Spec::redact;
};
template <class Spec>
concept IsOnlyOnce = requires {
  requires Spec::kOnlyOnce;
};

/// Makes a plain struct an Op. The struct has public fields, a defaulted ==, `describe()`, a Cereal
/// `serialize`, and those of the phases that it needs; a phase of the wrong form does not compile,
/// and neither does a struct without any. One with `static constexpr bool kOnlyOnce = true` is in a
/// list at most once.
template <class Spec>
class OpOf final : public Op {
  static_assert(HasEarly<Spec> || HasApply<Spec> || HasLate<Spec>,
                "an op needs at least one of early, apply, late");
  static_assert(std::equality_comparable<Spec> && std::default_initializable<Spec> &&
                    std::copyable<Spec>,
                "an op is a plain value: default-constructible, copyable, with a defaulted ==");

 public:
  Spec spec;

  OpOf() = default;
  explicit OpOf(Spec s) : spec(std::move(s)) {}

  void early(SetupState& state, Dispatcher& k) override {
    if constexpr (HasCheck<Spec>) spec.check();
    if constexpr (HasEarly<Spec>) spec.early(state, k);
  }
  void apply(SetupState& state, Dispatcher& k) override {
    if constexpr (HasApply<Spec>) spec.apply(state, k);
  }
  void late(SetupState& state, Dispatcher& k) override {
    if constexpr (HasLate<Spec>) spec.late(state, k);
  }
  std::string describe() const override { return spec.describe(); }
  const OpKind* kind() const override { return registered; }
  std::unique_ptr<Op> clone() const override { return std::make_unique<OpOf>(spec); }
  bool equals(const Op& other) const override {
    const auto* same = dynamic_cast<const OpOf*>(&other);
    return same != nullptr && same->spec == spec;
  }
  bool only_once() const override { return IsOnlyOnce<Spec>; }
  std::vector<int> descriptors() const override {
    if constexpr (HasDescriptors<Spec>) return spec.descriptors();
    return {};
  }
  void redact() override {
    if constexpr (HasRedact<Spec>) spec.redact();
  }

  inline static const OpKind* registered = nullptr;  ///< REGISTER_OP sets it.
};

/// State of an op that lives from one phase to the next in one process: never sent, copied or
/// compared. A copy of the op starts without it.
template <class T>
class Transient {
 public:
  Transient() = default;
  Transient(const Transient& /*other*/) {}
  Transient& operator=(const Transient& other) {
    if (this != &other) value_ = T();
    return *this;
  }
  Transient(Transient&&) noexcept = default;
  Transient& operator=(Transient&&) noexcept = default;
  ~Transient() = default;
  Transient& operator=(T value) {
    value_ = std::move(value);
    return *this;
  }

  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  bool operator==(const Transient& /*other*/) const { return true; }

 private:
  T value_{};
};

}  // namespace kekkai
