// Ops of the tests' own, which run in init like any other.
#pragma once

#include <kekkai/ops/ops.h>
#include <kekkai/syscall/dispatcher.h>

#include <memory>
#include <string>

namespace kekkai::kernel_tests {

/// Tries an op, and goes on where it is refused; so many of them need one container only. What came
/// of it is the target of the link /attempts/NAME: what the op threw, or "worked".
struct Attempt {
  std::string name;
  std::string encoded;  ///< A list with the op, and others that it needs before it.
  /// Before so many of the calls that apply makes with paths and descriptors, `a` and `b` of the
  /// host change places: a race that always comes in time. Never where it is negative.
  int32_t exchange_before = -1;
  HostPath a, b;

  Transient<Ops> tried;
  Transient<std::string> outcome;
  /// What the calls went through; the container's tree holds descriptors of its.
  Transient<std::shared_ptr<Dispatcher>> racing;

  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const { return "attempt " + name; }
  bool operator==(const Attempt&) const = default;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, encoded, exchange_before, a, b);
  }
};

/// In early, and so after the early of the ops before it, two names of the host change places.
struct Exchange {
  HostPath a, b;

  void early(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "exchange " + a.str(); }
  bool operator==(const Exchange&) const = default;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(a, b);
  }
};

}  // namespace kekkai::kernel_tests
