// An op of an embedder's own, registered by init_test.cpp.
#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/dispatcher.h>

#include <functional>
#include <string>

namespace kekkai {

/// Tells when it is at work, and lets a test do something then.
struct Marker {
  inline static std::function<void()> on_late;

  void early(SetupState& /*s*/, Dispatcher& k) { k.set_process_name("marker early"); }
  void apply(SetupState& /*s*/, Dispatcher& k) { k.set_process_name("marker apply"); }
  void late(SetupState& /*s*/, Dispatcher& k) {
    k.set_process_name("marker late");
    if (on_late) on_late();
  }
  std::string describe() const { return "marker"; }
  bool operator==(const Marker&) const = default;
  template <class Archive>
  void serialize(Archive& /*ar*/) {}
};

}  // namespace kekkai
