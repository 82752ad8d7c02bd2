// An op of one's own: who the user of the container is, as programs look it up in /etc/passwd.
#pragma once

#include <kekkai/ops/contents.h>
#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <cstdint>
#include <string>

namespace example {

struct SingleUser {
  std::string name;
  uint32_t id = 0;
  kekkai::ContainerPath home = "/";

  void apply(kekkai::SetupState& state, kekkai::Dispatcher& k) const {
    const std::string line = name + ":x:" + std::to_string(id) + ":" + std::to_string(id) +
                             "::" + home.str() + ":/bin/sh\n";
    constexpr auto kAttributes =
        kekkai::MountAttr::kReadOnly | kekkai::MountAttr::kNoSuid | kekkai::MountAttr::kNoDev;
    state.sysroot.attach(k, kekkai::make_file_mount(state, k, line, 0444, kAttributes),
                         {.path = "/etc/passwd", .attributes = kAttributes});
  }
  std::string describe() const { return "single user " + name; }
  bool operator==(const SingleUser&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, id, home);
  }
};

}  // namespace example
